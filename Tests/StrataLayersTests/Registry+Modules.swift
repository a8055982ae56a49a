import Strata
import StrataTesting

/// A module of several inputs or outputs under test.
struct ModuleEntry: Sendable, CustomStringConvertible {
  /// The name of the type in the sources.
  let type: String
  let description: String

  /// Checks the module on an input of this number of rows, but for what others have been through.
  let check: @Sendable (_ rows: Int, _ done: [LayerCheck: String]) throws -> ConformanceReport

  /// Creates the module and an input of this number of rows.
  let example: @Sendable (_ rows: Int) -> (module: any Module, input: any TensorGroup)

  init<M: Module>(
    _ type: String, _ options: String = "", refusing refuses: @escaping @Sendable (Int) -> Bool = { _ in false },
    skipping: [LayerCheck: String] = [:], input: @escaping @Sendable (_ rows: Int) -> M.Input,
    make: @escaping @Sendable () -> M
  ) {
    self.type = type
    description = type + options
    example = { rows in withSeed(1) { (make(), input(rows)) } }
    check = { rows, done in
      let (module, x) = withSeed(1) { (make(), input(rows)) }
      return try checkModule(
        module, input: x, refusing: refuses, skipping: skipping.merging(done) { own, _ in own })
    }
  }
}

/// Every module of Strata that is no layer, and some that users write.
let moduleRegistry: [ModuleEntry] = [
  ModuleEntry("Both", input: pair) {
    Both(
      Linear(3, 2),
      Sequential {
        Linear(4, 5); Tanh(); Dropout(0.3)
      })
  },
  ModuleEntry("Both", "(tied)", input: { Pair(Tensor(normal: [$0, 3]), Tensor(normal: [$0, 3])) }) {
    let tower = Linear(3, 2)
    return Both(tower, tower)
  },
  ModuleEntry("Both", "(indices)", input: { Pair(Tensor(labels: Array(0..<$0)), Tensor(normal: [$0, 3])) }) {
    Both(Embedding(5, 2), Linear(3, 2))
  },
  ModuleEntry("Bilinear", input: pair) { Bilinear(3, 4, 5) },
  ModuleEntry("Bilinear", "(bias: false)", input: pair) { Bilinear(3, 4, 1, bias: false) },
  ModuleEntry("CosineSimilarity", input: { Pair(Tensor(normal: [$0, 2, 3]), Tensor(normal: [$0, 2, 3])) }) {
    CosineSimilarity()
  },
  ModuleEntry("Chain", input: pair) {
    towers().then(
      Sequential {
        Linear(1, 3); Tanh()
      })
  },
  ModuleEntry("Chain", "(of layers)", input: { Tensor(normal: [$0, 3]) }) { Linear(3, 4).then(Tanh()) },
  ModuleEntry("Recomputed", input: pair) { towers().recomputed() },
  ModuleEntry("Parametrized", input: pair) { towers().recomputed().weightNormalized("user.0.weight") },
  ModuleEntry(
    "PackedSequential",
    input: { PaddedSequences(Tensor(normal: [$0, 4, 2]), lengths: Array([2, 4, 3].prefix($0))) }
  ) {
    PackedSequential {
      Recurrent(GRUCell(2, 3)); Linear(3, 2)
    }
  },
  ModuleEntry("ScaledDotProductAttention", input: heads) { ScaledDotProductAttention() },
  ModuleEntry("ScaledDotProductAttention", "(causal)", input: heads) {
    ScaledDotProductAttention(mask: .causal, scale: 0.3)
  },
  ModuleEntry("CrossAttention", input: sequences) { CrossAttention(6, memoryFeatures: 4, heads: 3) },
  ModuleEntry("CrossAttention", "(grouped, dropout)", input: sequences) {
    CrossAttention(6, memoryFeatures: 4, heads: 2, keyValueHeads: 1, bias: false, dropout: 0.3)
  },
  ModuleEntry("TransformerDecoderLayer", input: equalSequences) { TransformerDecoderLayer(6, heads: 2, hidden: 5) },
  ModuleEntry("TransformerDecoderLayer", "(post-norm, dropout)", input: equalSequences) {
    TransformerDecoderLayer(6, heads: 3, feedForward: .relu, isPreNorm: false, dropout: 0.2)
  },
  ModuleEntry("TransformerDecoder", input: equalSequences) {
    TransformerDecoder((0..<2).map { _ in TransformerDecoderLayer(6, heads: 2, hidden: 5) })
  },
  ModuleEntry("Transformer", input: equalSequences) {
    Transformer(
      encoder: Sequential { TransformerEncoderLayer(6, heads: 2, hidden: 5) },
      input: Sequential { LearnedPositions(5, 6) },
      decoder: TransformerDecoder([TransformerDecoderLayer(6, heads: 2, hidden: 5)]),
      output: Sequential { Linear(6, 3) })
  },
  ModuleEntry(
    "Transformer", "(padded sources)",
    input: { rows in
      Pair(
        PaddedSequences(Tensor(normal: [rows, 4, 6]), lengths: Array([2, 4, 0].prefix(rows))),
        Tensor(normal: [rows, 3, 6]))
    }
  ) {
    Transformer(
      encoder: PackedSequential { TransformerEncoderLayer(6, heads: 2, hidden: 5) },
      input: Sequential { Linear(6, 6) },
      decoder: TransformerDecoder([TransformerDecoderLayer(6, heads: 2, hidden: 5)]),
      output: Sequential { Linear(6, 3) })
  },
  ModuleEntry("TwoTowers", input: pair) { towers() },
  ModuleEntry("WithAuxiliary", input: { Tensor(normal: [$0, 3]) }) {
    WithAuxiliary(
      features: Sequential {
        Linear(3, 4); Tanh()
      }, main: Sequential { Linear(4, 2) },
      auxiliary: Sequential { Linear(4, 3) })
  },
]

@Sendable private func pair(_ rows: Int) -> Pair<Tensor, Tensor> {
  Pair(Tensor(normal: [rows, 3]), Tensor(normal: [rows, 4]))
}

/// Queries of four heads, keys and values of two.
@Sendable private func heads(_ rows: Int) -> Pair<Tensor, Pair<Tensor, Tensor>> {
  Pair(
    Tensor(normal: [rows, 4, 3, 5]), Pair(Tensor(normal: [rows, 2, 4, 5]), Tensor(normal: [rows, 2, 4, 5])))
}

@Sendable private func sequences(_ rows: Int) -> Pair<Tensor, Tensor> {
  Pair(Tensor(normal: [rows, 3, 6]), Tensor(normal: [rows, 5, 4]))
}

@Sendable private func equalSequences(_ rows: Int) -> Pair<Tensor, Tensor> {
  Pair(Tensor(normal: [rows, 3, 6]), Tensor(normal: [rows, 4, 6]))
}

private func towers() -> TwoTowers {
  TwoTowers(
    Sequential {
      Linear(3, 2); Dropout(0.3)
    },
    Sequential {
      Linear(4, 2); Tanh()
    })
}
