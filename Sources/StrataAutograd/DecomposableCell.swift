import StrataLayers
import StrataTensor

/// A recurrent cell whose step is also given as operations on variables, which makes a `Recurrent` layer of it
/// decomposable.
public protocol DecomposableCell: RecurrentCell {
  /// Returns the state after a step on rows [B, D]: as many variables as a `State` has tensors, in their order.
  func decomposed(_ x: Variable, _ state: [Variable]) -> [Variable]
}
