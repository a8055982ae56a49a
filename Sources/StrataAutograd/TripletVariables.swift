import StrataLayers
import StrataTensor

/// The variables of a `Triplet`.
public struct TripletVariables: VariableGroup {
  /// What is compared with the other two.
  public let anchor: Variable

  /// What is like the anchor.
  public let positive: Variable

  /// What is not.
  public let negative: Variable

  /// Creates a group of three variables.
  public init(anchor: Variable, positive: Variable, negative: Variable) {
    (self.anchor, self.positive, self.negative) = (anchor, positive, negative)
  }

  public init(_ variables: [Variable], like tensors: Triplet) {
    self.init(anchor: variables[0], positive: variables[1], negative: variables[2])
  }

  public var variables: [Variable] { [anchor, positive, negative] }

  public var value: Triplet { Triplet(anchor: anchor.value, positive: positive.value, negative: negative.value) }
}
