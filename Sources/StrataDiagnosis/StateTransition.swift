import StrataLayers
import StrataTensor

/// A recurrence whose states are multiplied by known matrices from step to step.
package protocol StateTransition {
  /// What the state before is multiplied by: U, or a gate's part of it, each [hidden, hidden].
  var stateMatrices: [Tensor] { get }

  /// Whether the state passes on through the one matrix alone, at a slope of at most 1, so that its spectral
  /// radius is the gain of a step that theory predicts. A gated cell passes its state on beside the matrices.
  var passesThroughMatrixAlone: Bool { get }
}

extension Recurrent: StateTransition {
  package var stateMatrices: [Tensor] { (cell as? any GatedCell)?.gateMatrices ?? [] }
  package var passesThroughMatrixAlone: Bool { cell is RNNCell }
}

extension Bidirectional: StateTransition {
  package var stateMatrices: [Tensor] { ahead.stateMatrices + reverse.stateMatrices }
  package var passesThroughMatrixAlone: Bool { ahead.passesThroughMatrixAlone }
}

extension GatedCell {
  /// The parts of U, one for each gate.
  fileprivate var gateMatrices: [Tensor] {
    let u = hiddenWeight.value
    return u.split(Array(repeating: hiddenSize, count: u.shape[1] / hiddenSize), along: 1)
  }
}
