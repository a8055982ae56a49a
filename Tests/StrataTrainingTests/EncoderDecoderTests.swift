import Strata
import Testing

/// A GRU that reads a sequence, and a second one that starts from its state and writes another, given the one before.
struct EncoderDecoder: Module {
  let embedding: Embedding
  let encoder, decoder: Recurrent<GRUCell>
  let head: Linear
  struct Cache: Sendable {
    let source, target, head: any CacheBox
    let encoder, decoder: Recurrent<GRUCell>.Cache
  }

  init(symbols: Int, hidden: Int) {
    embedding = Embedding(symbols, hidden)
    encoder = Recurrent(GRUCell(hidden, hidden))
    decoder = Recurrent(GRUCell(hidden, hidden))
    head = Linear(hidden, symbols)
  }

  /// The source and what the decoder is given, both `int32` [B, T], to logits [B, T, symbols].
  func forward(_ x: Pair<Tensor, Tensor>) -> (Tensor, Cache) {
    let (source, sourceCache) = forward(embedding, at: "embedding", x.first)
    let read = encoder.unroll(source)
    let (target, targetCache) = forward(embedding, at: "embedding", x.second)
    let written = decoder.unroll(target, from: read.lastState)
    let (y, headCache) = forward(head, at: "head", written.outputs)
    return (
      y, Cache(source: sourceCache, target: targetCache, head: headCache, encoder: read.cache, decoder: written.cache)
    )
  }

  func backward(_ dy: Tensor, _ cache: Cache, _ gradients: inout Gradients) -> Pair<Tensor, Tensor> {
    let dh = backward(head, at: "head", dy, cache.head, &gradients)
    let written = decoder.backward(outputs: dh, cache.decoder, &gradients)
    let dTarget = backward(embedding, at: "embedding", written.dx!, cache.target, &gradients)
    let read = encoder.backward(lastState: written.dInitialState, cache.encoder, &gradients)
    return Pair(backward(embedding, at: "embedding", read.dx!, cache.source, &gradients), dTarget)
  }
}

@Suite(.seeded) struct EncoderDecoderTests {
  @Test func `sequences are written backwards`() throws {
    let (symbols, length, count) = (7, 4, 1024)
    try withSeed(2) {
      var generator = RandomGenerator(seed: 4)
      let sequences = (0..<count).map { _ in (0..<length).map { _ in Int.random(in: 1..<symbols, using: &generator) } }
      func tensor(_ rows: [[Int]]) -> Tensor {
        Tensor(labels: rows.flatMap(\.self)).reshaped(to: [rows.count, length])
      }
      let reversed = sequences.map { Array($0.reversed()) }
      let data = Examples(
        inputs: Pair(tensor(sequences), tensor(reversed.map { [0] + $0.dropLast() })), labels: tensor(reversed))
      let (train, test) = data.split(at: count * 3 / 4)
      let model = EncoderDecoder(symbols: symbols, hidden: 48)
      var trainer = Trainer(
        model, loss: SoftmaxCrossEntropy(), optimizer: Adam(for: model, learningRate: 5e-3), maximumGlobalNorm: 1,
        progress: .silent)
      try trainer.fit(train, epochs: 25, batchSize: 64)
      #expect(accuracy(try model.predict(test.inputs), test.labels) > 0.98)
    }
  }
}
