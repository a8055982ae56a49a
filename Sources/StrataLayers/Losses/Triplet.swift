import StrataTensor

/// Three outputs of a model, row by row: what a ``TripletMargin`` compares.
public struct Triplet: TensorGroup {
  /// What is compared with the other two.
  public var anchor: Tensor
  /// What is like the anchor.
  public var positive: Tensor
  /// What is not.
  public var negative: Tensor

  /// A triplet of these tensors, of one shape.
  public init(anchor: Tensor, positive: Tensor, negative: Tensor) {
    (self.anchor, self.positive, self.negative) = (anchor, positive, negative)
  }

  public var tensors: [Tensor] {
    get { [anchor, positive, negative] }
    set { (anchor, positive, negative) = (newValue[0], newValue[1], newValue[2]) }
  }

  public static var tensorCount: Int? { 3 }
}
