import Strata

let transformerWorkloads: [Workload] = [
  .gpt("gpt-tiny", vocabulary: 73, features: 128, heads: 4, layers: 4, time: 64, batch: 12),
  .gpt("gpt-small", vocabulary: 73, features: 384, heads: 6, layers: 6, time: 256, batch: 8),
  .encoder("encoder-D256", features: 256, heads: 4, layers: 4, time: 128, batch: 8),
  .decoding("decode-D384", vocabulary: 73, features: 384, heads: 6, layers: 6, tokens: 256),
]

let attentionWorkloads: [Workload] = [64, 256, 1024, 2048].map { time in
  .attention("attention-T\(time)", batch: max(1, 2048 / time), heads: 8, time: time, size: 64)
}

extension Workload {
  /// A training step of a GPT-2 with tied embedding and output on random tokens.
  static func gpt(
    _ name: String, vocabulary: Int, features: Int, heads: Int, layers: Int, time: Int, batch: Int
  ) -> Workload {
    Workload(name) {
      let model = gpt(vocabulary: vocabulary, features: features, heads: heads, layers: layers, time: time)
      return try step(of: model, tokens: vocabulary, [batch, time], labels: [batch, time])
    }
  }

  /// The likeliest next token of one sequence, again and again from the first one on, with keys and values kept.
  static func decoding(
    _ name: String, vocabulary: Int, features: Int, heads: Int, layers: Int, tokens: Int
  ) -> Workload {
    Workload(name) {
      let model = gpt(vocabulary: vocabulary, features: features, heads: heads, layers: layers, time: tokens)
      return { model.generate(after: [0], count: tokens, sampler: Sampler(temperature: 0)) }
    }
  }

  private static func gpt(vocabulary: Int, features: Int, heads: Int, layers: Int, time: Int) -> Sequential {
    withSeed(1) {
      let table = Parameter(Tensor(normal: [vocabulary, features], standardDeviation: 0.02))
      return Sequential {
        Embedding(weight: table)
        LearnedPositions(time, features)
        for _ in 0..<layers { TransformerEncoderLayer(features, heads: heads, mask: .causal) }
        LayerNorm(features)
        TiedLinear(transposing: table, bias: false)
      }
    }
  }

  /// A training step of an encoder of vectors whose first step is classified.
  static func encoder(_ name: String, features: Int, heads: Int, layers: Int, time: Int, batch: Int) -> Workload {
    .training(
      name, input: [batch, time, features], optimizer: { Adam(for: $0) },
      model: {
        Sequential {
          for _ in 0..<layers { TransformerEncoderLayer(features, heads: heads) }
          LayerNorm(features)
          MeanOverTime()
          Linear(features, 10)
        }
      })
  }

  private static func step(
    of model: Sequential, tokens: Int, _ input: Shape, labels: Shape
  ) throws -> () throws -> Void {
    var generator = RandomGenerator(seed: 2)
    func draw(_ shape: Shape) -> Tensor {
      Tensor(labels: (0..<shape.count).map { _ in Int.random(in: 0..<tokens, using: &generator) }).reshaped(to: shape)
    }
    let batches = (0..<16).map { _ in (draw(input), draw(labels)) }
    var (optimizer, next) = (Adam(for: model), 0)
    let loss = SoftmaxCrossEntropy()
    return {
      let (x, y) = batches[next]
      next = (next + 1) % batches.count
      let (_, gradients) = model.gradients(at: x) { loss.evaluate($0, y) }
      try optimizer.update(along: gradients)
    }
  }

  /// Forward and backward of causal attention alone, by queries, keys and values [B, H, T, D].
  static func attention(_ name: String, batch: Int, heads: Int, time: Int, size: Int) -> Workload {
    Workload(name) {
      let shape: Shape = [batch, heads, time, size]
      let input = Pair(Tensor(normal: shape), Pair(Tensor(normal: shape), Tensor(normal: shape)))
      let dy = Tensor(normal: shape)
      let attention = ScaledDotProductAttention(mask: .causal)
      return {
        var gradients = Gradients()
        let (_, cache) = attention.forward(input)
        _ = attention.backward(dy, cache, &gradients)
      }
    }
  }
}
