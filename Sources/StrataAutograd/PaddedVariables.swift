import StrataLayers
import StrataTensor

/// The variables of `PaddedSequences`: the steps of sequences of unequal lengths.
public struct PaddedVariables: VariableGroup {
  /// The steps, [B, T, …]; anything may lie beyond a sequence's end.
  public let values: Variable

  /// The steps of each sequence, `int32` [B], which are constants.
  public let lengths: Tensor

  /// Creates the group of the values and the lengths of sequences.
  public init(_ variables: [Variable], like tensors: PaddedSequences) {
    (values, lengths) = (variables[0], variables[1].value)
  }

  public var variables: [Variable] { [values, Variable(lengths)] }

  public var value: PaddedSequences { PaddedSequences(values.value, lengths: lengths.elements(as: Int.self)) }
}
