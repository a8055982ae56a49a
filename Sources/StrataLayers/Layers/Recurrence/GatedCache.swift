import StrataTensor

/// What a built-in cell keeps of a sequence.
public struct GatedCache: Sendable {
  /// The inputs, packed.
  let x: Tensor
  /// The gates' activations, over which backward writes dL/dz; and hU + b' where it is kept apart.
  var z: Tensor
  var zh: Tensor?
  /// The history of each tensor of the state: h, and the LSTM's c.
  var history: [Tensor]
  let inputWeight: Tensor
  let hiddenWeight: Tensor
}
