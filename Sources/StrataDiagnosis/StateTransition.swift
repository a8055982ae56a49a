import StrataLayers
import StrataTensor

/// A recurrence with known matrices that multiply its state at each step.
package protocol StateTransition {
  /// The matrices that multiply the previous state: U, or each gate's part of it, of shape [hidden, hidden].
  var stateMatrices: [Tensor] { get }

  /// Whether the state passes only through one matrix, at a slope of at most 1, so that the spectral radius is the
  /// theoretical gain of a step. A gated cell carries its state past the matrices.
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
  /// The part of U for each gate.
  fileprivate var gateMatrices: [Tensor] {
    let u = hiddenWeight.value
    return u.split(Array(repeating: hiddenSize, count: u.shape[1] / hiddenSize), along: 1)
  }
}
