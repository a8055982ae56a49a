import StrataTensor

/// A weight for each class, in both precisions, so that none is converted in a training step.
struct ClassWeights: Sendable {
  let float32: Tensor
  let float64: Tensor

  init(_ weights: [Double]) {
    require(
      weights.allSatisfy { $0 >= 0 && $0.isFinite },
      "SoftmaxCrossEntropy: class weights must be finite and not negative, but are \(weights)")
    float64 = Tensor(weights)
    float32 = float64.converted(to: .float32)
  }

  var elements: [Double] { float64.elements() }

  var count: Int { float64.count }

  /// The weight of a class index; 0 where it is out of range, which is refused elsewhere.
  subscript(label: Int32) -> Double {
    0..<count ~= Int(label) ? float64.elements(Double.self)[Int(label)] : 0
  }
}
