import StrataTensor

// The targets that the cross-entropy takes, and what they weigh.
extension SoftmaxCrossEntropy {
  /// Returns what the sum over the samples is divided by.
  public func divisor(of target: Tensor) -> Double {
    guard reduction == .mean else { return 1 }
    guard target.dtype == .int32 else { return Double(target.count / target.shape[axis]) }
    guard ignoredIndex != nil || weights != nil else { return Double(target.count) }
    return target.elements(Int32.self).reduce(0) { $0 + (isIgnored($1) ? 0 : weights?[$1] ?? 1) }
  }

  /// Returns what each sample counts in the mean; nil for 1 each.
  public func weights(of target: Tensor) -> Tensor? {
    guard target.dtype == .int32, ignoredIndex != nil || weights != nil else { return nil }
    let each = target.elements(Int32.self).map { isIgnored($0) ? 0 : weights?[$0] ?? 1 }
    return Tensor(each, shape: target.shape)
  }

  /// Returns numbers of the samples in a shape that broadcasts over a gradient.
  public func spread(_ numbers: Tensor, over gradient: Shape) -> Tensor {
    numbers.expanded(at: place(of: axis, in: gradient))
  }

  func isIgnored(_ label: Int32) -> Bool { ignoredIndex.map { $0 == Int(label) } ?? false }

  /// u of a soft target t.
  func weighted(_ target: Tensor) -> Tensor {
    var target = target
    if labelSmoothing > 0 {
      target = (1 - labelSmoothing) * target + labelSmoothing / Double(target.shape[-1])  // the classes are last here
    }
    guard let weights else { return target }
    return target * weights[target.dtype]
  }

  /// Throws `TargetError` unless the target fits outputs of these shapes.
  public func validate(_ target: Tensor, for output: [Shape]) throws { try validate(target, for: output[0]) }

  private func validate(_ target: Tensor, for shape: Shape) throws(TargetError) {
    func check(_ condition: Bool, _ message: @autoclosure () -> String) throws(TargetError) {
      if !condition { throw TargetError("\(name): \(message())") }
    }
    try check(
      shape.rank >= 2 && shape.count > 0, "logits need a shape [B, K] with no axis of length 0, not \(shape)")
    try check(
      -shape.rank..<shape.rank ~= axis && place(of: axis, in: shape) > 0,
      "logits of shape \(shape) have no classes in axis \(axis): axis 0 is the batch")
    let classes = Int32(shape[axis])
    try check(
      weights == nil || weights!.count == Int(classes),
      "\(weights?.count ?? 0) class weights do not fit \(classes) classes")
    guard target.dtype == .int32 else {
      try check(
        target.shape == shape,
        "soft targets must be of the logits' shape \(shape), not \(target.shape); class indices must be int32: make them "
          + "with Tensor(labels:) or converted(to: .int32)")
      return try check(ignoredIndex == nil, "soft targets have no class index that could be ignored")
    }
    let expected = shape.removing(axis)
    try check(
      target.shape == expected,
      "logits of shape \(shape) need class indices of shape \(expected), not \(target.shape)"
        + (target.count == expected.count ? "; use target.reshaped(to: \(expected))" : ""))
    let stray = target.elements(Int32.self).first { ($0 < 0 || $0 >= classes) && !isIgnored($0) }
    try check(stray == nil, "class index \(stray!) is out of range for \(classes) classes; \(remedy(stray!, classes))")
  }

  private func remedy(_ stray: Int32, _ classes: Int32) -> String {
    if classes == 1 { return "for a single output use BinaryCrossEntropyWithLogits" }
    if stray < 0 { return "leave padding out with ignoredIndex: \(stray)" }
    return "indices go from 0 to \(classes - 1), one for each output of the last layer"
  }

  /// Stops the program unless the target fits logits of this shape and type.
  func requireTarget(_ target: Tensor, for shape: Shape, _ dtype: DType) {
    do { try validate(target, for: shape) } catch { stop("\(error)") }
    require(
      target.dtype == .int32 || target.dtype == dtype,
      "\(name): soft targets must be \(dtype) as the logits, not \(target.dtype); class indices must be "
        + "int32")
  }
}
