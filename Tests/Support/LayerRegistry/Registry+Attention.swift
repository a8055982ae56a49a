import Strata
import StrataTensor
import StrataTesting

/// Batches of sequences [B, T, 12], of one step, of as many as a tile of keys has, and around that.
private let sequenceShapes: [Shape] = [
  [1, 1, 12], [1, 2, 12], [2, 3, 12], [3, 1, 12], [4, 7, 12], [2, 16, 12], [1, 17, 12], [5, 5, 12], [1, 33, 12],
  [2, 9, 12],
]

/// Heads of these tests divide rows of this length, and their multiples.
private func refuses(_ shape: Shape) -> Bool { shape[-1] % 12 != 0 }

private func isOdd(_ shape: Shape) -> Bool { shape[-1] % 2 != 0 }

/// Sequences of rows of any even length.
private let evenShapes: [Shape] = sequenceShapes.dropLast(3) + [[3, 4, 2], [2, 5, 8], [17, 2, 6]]

private func attention(_ options: String, _ make: @escaping @Sendable (Shape) -> MultiHeadAttention) -> LayerEntry {
  LayerEntry("MultiHeadAttention", options, shapes: sequenceShapes, refusing: refuses, make: make)
}

let attentionLayers: [LayerEntry] = [
  attention("(3)") { MultiHeadAttention($0[2], heads: 3) },
  attention("(1, causal, bias: false)") { MultiHeadAttention($0[2], heads: 1, bias: false, mask: .causal) },
  attention("(6, keyValueHeads: 2, rotary)") {
    MultiHeadAttention($0[2], heads: 6, keyValueHeads: 2, mask: .causal, positions: .rotary())
  },
  attention("(3, keyValueHeads: 1, interleaved)") {
    MultiHeadAttention(
      $0[2], heads: 3, keyValueHeads: 1, positions: .rotary(RotaryPositions(base: 100, pairing: .interleaved)))
  },
  attention("(3, alibi)") { MultiHeadAttention($0[2], heads: 3, mask: .causal, positions: .alibi) },
  attention("(2, partly rotary)") {
    MultiHeadAttention($0[2], heads: 2, positions: .rotary(RotaryPositions(size: 4)))
  },
  attention("(2, visible)") { shape in
    let time = shape[1]
    let visible = (0..<time * time).map { ($0 / time + $0) % 3 == 0 ? 0.0 : 1 }
    return MultiHeadAttention(shape[2], heads: 2, mask: AttentionMask(visible: Tensor(visible, shape: [time, time])))
  },
  attention("(2, dropout)") { MultiHeadAttention($0[2], heads: 2, mask: .causal, dropout: 0.3) },
  LayerEntry("LearnedPositions", shapes: sequenceShapes) { LearnedPositions($0[1] + 3, $0[2]) },
  LayerEntry("SinusoidalPositions", shapes: evenShapes, refusing: isOdd) { SinusoidalPositions($0[2]) },
  LayerEntry("SwiGLU", shapes: evenShapes, refusing: isOdd) { _ in SwiGLU() },
  LayerEntry("TransformerEncoderLayer", shapes: sequenceShapes, refusing: refuses) {
    TransformerEncoderLayer($0[2], heads: 3, hidden: 8, mask: .causal)
  },
  LayerEntry("TransformerEncoderLayer", "(post-norm, relu)", shapes: sequenceShapes, refusing: refuses) {
    TransformerEncoderLayer($0[2], heads: 2, hidden: 7, feedForward: .relu, isPreNorm: false)
  },
  LayerEntry("TransformerEncoderLayer", "(llama)", shapes: sequenceShapes, refusing: refuses) {
    TransformerEncoderLayer(
      $0[2], heads: 6, keyValueHeads: 3, hidden: 5, feedForward: .swiGLU, norm: .rms, bias: false, mask: .causal,
      positions: .rotary())
  },
  LayerEntry("TransformerEncoderLayer", "(dropout)", shapes: sequenceShapes, refusing: refuses) {
    TransformerEncoderLayer($0[2], heads: 2, hidden: 8, dropout: 0.2)
  },
]
