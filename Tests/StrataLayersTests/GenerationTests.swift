import Strata
import StrataTensor
import Testing

/// Models that go on step by step, and the tokens that they make.
@Suite(.seeded) struct GenerationTests {
  static let models: [(name: String, make: @Sendable () -> Sequential)] = [
    (
      "GPT-2",
      {
        let table = Parameter(Tensor(normal: [11, 12], standardDeviation: 0.5))
        return Sequential {
          Embedding(weight: table)
          LearnedPositions(40, 12)
          for _ in 0..<2 { TransformerEncoderLayer(12, heads: 3, hidden: 16, mask: .causal, dropout: 0.1) }
          LayerNorm(12)
          TiedLinear(transposing: table, bias: false)
        }
      }
    ),
    (
      "Llama",
      {
        Sequential {
          Embedding(11, 12)
          for _ in 0..<2 {
            TransformerEncoderLayer(
              12, heads: 6, keyValueHeads: 2, hidden: 16, feedForward: .swiGLU, norm: .rms, bias: false, mask: .causal,
              positions: .rotary())
          }
          RMSNorm(12)
          Linear(12, 11, bias: false)
        }
      }
    ),
    (
      "ALiBi",
      {
        Sequential {
          Embedding(11, 12)
          SinusoidalPositions(12)
          Residual { MultiHeadAttention(12, heads: 4, mask: .causal, positions: .alibi) }
          Linear(12, 11)
        }
      }
    ),
    (
      "LSTM",
      {
        Sequential {
          Embedding(11, 6)
          Recurrent(LSTMCell(6, 8))
          Residual { Recurrent(GRUCell(8, 8)) }
          Linear(8, 11)
        }
      }
    ),
  ]

  @Test(arguments: models.indices)
  func `steps that are carried on give what the whole sequence gives`(_ index: Int) {
    let model = Self.models[index].make()
    model.convert(to: .float64)
    let tokens = Tensor(labels: (0..<2 * 30).map { ($0 * 7 + $0 / 5) % 11 }).reshaped(to: [2, 30])
    let whole = model(tokens)
    var (state, first) = (CarriedState(), 0)
    for count in [1, 1, 13, 1, 2, 12] {
      let part = model.continued(tokens[0..<2, first..<first + count], &state)
      #expect(relativeError(part, whole[0..<2, first..<first + count]) < 1e-13, "\(Self.models[index].name)")
      first += count
    }
  }

  @Test func `a state is a value: two continuations of one beginning`() {
    let model = Self.models[0].make()
    var state = CarriedState()
    let prompt = Tensor(labels: [1, 2, 3]).reshaped(to: [1, 3])
    _ = model.continued(prompt, &state)
    var fork = state
    let (a, b) = (Tensor(labels: [4]).reshaped(to: [1, 1]), Tensor(labels: [5]).reshaped(to: [1, 1]))
    let onward = model.continued(a, &state)
    let other = model.continued(b, &fork)
    var again = CarriedState()
    _ = model.continued(prompt, &again)
    #expect(model.continued(b, &again) == other)
    #expect(onward != other)
  }

  @Test(arguments: models.indices)
  func `greedy tokens are the most likely ones after all before them`(_ index: Int) {
    let model = Self.models[index].make()
    model.convert(to: .float64)
    var tokens: [Int32] = [3, 1]
    let generated = model.generate(after: tokens, count: 6, sampler: Sampler(temperature: 0))
    for token in generated {
      let logits = model(Tensor(tokens, shape: [1, tokens.count]))
      #expect(mostLikely(logits[0, tokens.count - 1]) == token)
      tokens.append(token)
    }
    let batch = model.generate(
      after: Tensor([3, 1, 5, 5] as [Int32], shape: [2, 2]), count: 6, sampler: Sampler(temperature: 0))
    #expect(batch[0].elements(as: Int32.self) == generated)
  }

  @Test func `one seed gives one text, and the end ends it`() {
    let model = Self.models[1].make()
    let tokens = model.generate(after: [1], count: 40, sampler: Sampler(seed: 5))
    #expect(tokens == model.generate(after: [1], count: 40, sampler: Sampler(seed: 5)))
    #expect(tokens != model.generate(after: [1], count: 40, sampler: Sampler(seed: 6)))
    var received: [Int32] = []
    let end = tokens[3]
    let ended = model.generate(after: [1], count: 40, sampler: Sampler(seed: 5), until: end) { received.append($0) }
    #expect(ended == received && ended == Array(tokens[...tokens.firstIndex(of: end)!]))
  }

  @Test func `beyond the window the model goes on from the later half`() {
    let model = Self.models[0].make()
    model.convert(to: .float64)
    let tokens = model.generate(after: [1, 2, 3], count: 20, sampler: Sampler(temperature: 0), window: 8)
    #expect(tokens.count == 20)
    // The state was full after 8 steps: token 9 follows from the last 4.
    let all = [1, 2, 3] + tokens
    #expect(mostLikely(model(Tensor(Array(all[5..<9]), shape: [1, 4]))[0, 3]) == all[9])
  }

  @Test func `an encoder sees its source once`() {
    let model = Transformer(
      encoder: Sequential { Embedding(7, 8); SinusoidalPositions(8); TransformerEncoderLayer(8, heads: 2) },
      input: Sequential { Embedding(7, 8); LearnedPositions(9, 8) },
      decoder: TransformerDecoder((0..<2).map { _ in TransformerDecoderLayer(8, heads: 2) }),
      output: Sequential { LayerNorm(8); Linear(8, 7) })
    model.convert(to: .float64)
    let source = Tensor(labels: [1, 2, 3, 4, 5, 6]).reshaped(to: [2, 3])
    let target = Tensor(labels: [0, 1, 5, 2, 6, 6, 4, 3]).reshaped(to: [2, 4])
    let whole = model(Pair(source, target))
    var state = CarriedState()
    for step in 0..<4 {
      let part = model.continued(Pair(source, target[0..<2, step..<step + 1]), &state)
      #expect(relativeError(part, whole[0..<2, step..<step + 1]) < 1e-13)
    }
  }

  private func mostLikely(_ logits: Tensor) -> Int32 {
    logits.reshaped(to: [1, logits.count]).argmax().elements(as: Int32.self)[0]
  }
}
