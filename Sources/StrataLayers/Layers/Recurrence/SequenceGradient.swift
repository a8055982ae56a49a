import StrataTensor

/// What backpropagation through time finds besides the parameters' gradients.
public struct SequenceGradient<State: TensorGroup>: Sendable {
  /// dL/dx, where it was asked for.
  public var dx: Tensor?

  /// dL by the initial state.
  public var dInitialState: State

  /// ‖dL/ds_t‖ by the state after each step t, over all sequences that reach it; empty unless asked for.
  public var norms: [Double]

  /// What the backward of a cell has found.
  public init(dx: Tensor?, dInitialState: State, norms: [Double] = []) {
    self.dx = dx
    self.dInitialState = dInitialState
    self.norms = norms
  }
}
