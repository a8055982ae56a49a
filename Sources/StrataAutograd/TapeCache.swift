import StrataLayers
import StrataTensor

/// What `backward` of a ``DifferentiableModule`` needs of one `forward`: the tape.
public struct TapeCache<Input: TensorGroup>: Sendable {
  /// Taken out by the backward, so that nothing else holds what it frees.
  var tape: Tape?
  let input: GroupKind<Input>
}
