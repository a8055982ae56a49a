import StrataTensor

// The targets that the cross-entropy takes, and what they weigh.
extension SoftmaxCrossEntropy {
  public func divisor(of target: Tensor) -> Double {
    guard reduction == .mean else { return 1 }
    guard target.dtype == .int32 else { return Double(target.count / target.shape[-1]) }
    guard ignoredIndex != nil || weights != nil else { return Double(target.count) }
    return target.elements(Int32.self).reduce(0) { $0 + (isIgnored($1) ? 0 : weights?[$1] ?? 1) }
  }

  func isIgnored(_ label: Int32) -> Bool { ignoredIndex.map { $0 == Int(label) } ?? false }

  /// u of a soft target t.
  func weighted(_ target: Tensor) -> Tensor {
    var target = target
    if labelSmoothing > 0 {
      target = (1 - labelSmoothing) * target + labelSmoothing / Double(target.shape[-1])
    }
    guard let weights else { return target }
    return target * weights[target.dtype]
  }

  /// Stops the program unless the target fits logits of this shape and type.
  func requireTarget(_ target: Tensor, for shape: Shape, _ dtype: DType) {
    require(
      shape.rank >= 2 && shape.count > 0,
      "\(name): logits need a shape [B, K] with no axis of length 0, not \(shape)")
    let classes = Int32(shape[-1])
    require(
      weights == nil || weights!.count == Int(classes),
      "\(name): \(weights?.count ?? 0) class weights do not fit \(classes) classes")
    guard target.dtype == .int32 else {
      require(
        target.shape == shape && target.dtype == dtype,
        "\(name): soft targets must be \(dtype) of the logits' shape \(shape), "
          + "not \(target.dtype) of \(target.shape); class indices must be int32")
      require(ignoredIndex == nil, "\(name): soft targets have no class index that could be ignored")
      return
    }
    let expected = Shape(shape.lengths.dropLast())
    require(
      target.shape == expected,
      "\(name): logits of shape \(shape) need class indices of shape \(expected), "
        + "not \(target.shape)")
    for label in target.elements(Int32.self) where label < 0 || label >= classes {
      if !isIgnored(label) {
        stop("\(name): class index \(label) is out of range for \(classes) classes")
      }
    }
  }
}
