import StrataTensor

/// A weight for each class, in every type that logits can have, so that none is converted in a training step.
struct ClassWeights: Sendable {
  let elements: [Double]
  private let tensors: [DType: Tensor]

  init(_ weights: [Double], of name: String = "SoftmaxCrossEntropy: class weights") {
    require(
      weights.allSatisfy { $0 >= 0 && $0.isFinite },
      "\(name) must be finite and not negative, but are \(weights)")
    elements = weights
    let types = DType.allCases.filter(\.isFloatingPoint)
    tensors = Dictionary(uniqueKeysWithValues: types.map { ($0, Tensor(weights).converted(to: $0)) })
  }

  var count: Int { elements.count }

  subscript(dtype: DType) -> Tensor { tensors[dtype]! }

  /// The weight of a class index; 0 where it is out of range, which is refused elsewhere.
  subscript(label: Int32) -> Double { elements.indices ~= Int(label) ? elements[Int(label)] : 0 }
}
