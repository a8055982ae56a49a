import Foundation
import Strata
import StrataTensor
import StrataTesting
import Testing

/// Attention by tiles of keys against the sums of its definition.
@Suite(.seeded) struct AttentionTests {
  @Test func `the worked numbers of the documentation come out`() {
    let q = Tensor([1] as [Double], shape: [1, 1, 1, 1])
    let k = Tensor([0, log(3)] as [Double], shape: [1, 1, 2, 1])
    let v = Tensor([1, 5] as [Double], shape: [1, 1, 2, 1])
    let attention = ScaledDotProductAttention()
    let (y, cache) = attention.forward(Pair(q, Pair(k, v)))
    var gradients = Gradients()
    let d = attention.backward(Tensor([1] as [Double], shape: [1, 1, 1, 1]), cache, &gradients)
    expectClose(y, [4])
    expectClose(d.first, [0.75 * log(3.0)])
    expectClose(d.second.first, [-0.75, 0.75])
    expectClose(d.second.second, [0.25, 0.75])
  }

  /// Lengths on both sides of a strip, of a block of queries and of a tile of keys.
  static let sizes: [(queries: Int, keys: Int, size: Int)] = [
    (1, 1, 1), (1, 7, 5), (2, 200, 16), (3, 3, 8), (6, 97, 32), (49, 96, 3), (97, 49, 20), (200, 193, 16),
  ]

  @Test(arguments: sizes, [DType.float64, .float32])
  func `outputs and gradients are those of the definition`(_ size: (queries: Int, keys: Int, size: Int), _ dtype: DType)
  {
    let (queries, keys) = (size.queries, size.keys)
    let scores = (0..<queries * keys).map { (index: Int) -> Double in index % 7 == 3 ? -.infinity : Double(index % 5) }
    let bias = Tensor(scores, shape: [queries, keys])
    let nothing = Tensor(zeros: [queries, keys], dtype: .float64)
    let biased = AttentionMask(bias: bias.converted(to: dtype))
    let masks = [(AttentionMask.none, nothing), (.causal, causal(queries, keys)), (biased, bias)]
    for (mask, bias) in masks {
      let q = Tensor(normal: [2, 4, queries, size.size], dtype: .float64)
      let (k, v) = (
        Tensor(normal: [2, 2, keys, size.size], dtype: .float64),
        Tensor(normal: [2, 2, keys, size.size], dtype: .float64)
      )
      let dy = Tensor(normal: q.shape, dtype: .float64)
      let expected = definition(q, k, v, dy, bias)
      let attention = ScaledDotProductAttention(mask: mask)
      let x = Pair(q.converted(to: dtype), Pair(k.converted(to: dtype), v.converted(to: dtype)))
      let (y, cache) = attention.forward(x)
      var gradients = Gradients()
      let d = attention.backward(dy.converted(to: dtype), cache, &gradients)
      let found = [y, d.first, d.second.first, d.second.second, attention(x)]
      for (a, b) in zip(found, expected + [expected[0]]) {
        #expect(relativeError(a, b) < (dtype == .float64 ? 1e-13 : 3e-6), "\(size) \(dtype)")
      }
    }
  }

  @Test(arguments: [DType.float64, .float32])
  func `a query that sees nothing gives zero and passes nothing`(_ dtype: DType) {
    let hidden = AttentionMask(visible: Tensor([0, 0, 0, 1, 1, 0] as [Float], shape: [2, 3]))
    let x = Pair(
      Tensor(normal: [1, 1, 2, 4], dtype: dtype),
      Pair(Tensor(normal: [1, 1, 3, 4], dtype: dtype), Tensor(normal: [1, 1, 3, 4], dtype: dtype)))
    let attention = ScaledDotProductAttention(mask: hidden)
    let (y, cache) = attention.forward(x)
    var gradients = Gradients()
    let d = attention.backward(Tensor(ones: y.shape, dtype: dtype), cache, &gradients)
    #expect(y[0, 0, 0] == Tensor(zeros: [4], dtype: dtype))
    #expect(d.first[0, 0, 0] == Tensor(zeros: [4], dtype: dtype))
    #expect(d.second.second[0, 0, 2] == Tensor(zeros: [4], dtype: dtype))
    #expect(y.isFinite && d.first.isFinite && d.second.first.isFinite && d.second.second.isFinite)
  }

  @Test func `what lies beyond a length is not read`() {
    let (long, short) = (Tensor(normal: [2, 1, 5, 4]), Tensor(normal: [2, 1, 5, 4]))
    var damaged = long
    damaged[1..<2, 0..<1, 2..<5, 0..<4] = Tensor(repeating: .nan, shape: [1, 1, 3, 4])
    let attention = ScaledDotProductAttention(mask: AttentionMask(lengths: [5, 2]))
    let dy = Tensor(normal: [2, 1, 5, 4])
    func results(_ k: Tensor) -> [Tensor] {
      let (y, cache) = attention.forward(Pair(short, Pair(k, k)))
      var gradients = Gradients()
      let d = attention.backward(dy, cache, &gradients)
      return [y, d.first, d.second.first, d.second.second]
    }
    let found = results(damaged)
    #expect(found == results(long))
    #expect(found[2][1, 0, 2..<5] == Tensor(zeros: [3, 4]))
  }

  @Test func `in packed sequences each sequence is as if alone`() {
    let layer = TransformerEncoderLayer(12, heads: 3, keyValueHeads: 1, hidden: 8, mask: .causal, positions: .rotary())
    let model = PackedSequential {
      layer; MultiHeadAttention(12, heads: 2); LearnedPositions(9, 12)
    }
    model.convert(to: .float64)
    let lengths = [4, 9, 0, 1]
    let x = Tensor(normal: [4, 9, 12], dtype: .float64)
    let dy = Tensor(normal: [4, 9, 12], dtype: .float64)
    func run(_ x: Tensor, _ lengths: [Int], _ dy: Tensor) -> (y: Tensor, dx: Tensor, gradients: Gradients) {
      let (y, cache) = model.forward(PaddedSequences(x, lengths: lengths))
      var gradients = Gradients()
      let dx = model.backward(dy, cache, &gradients)
      return (y, dx.values, gradients)
    }
    let together = run(x, lengths, dy)
    var sum = Gradients()
    for (index, length) in lengths.enumerated() where length > 0 {
      let alone = run(
        x[index..<index + 1, 0..<length], [length], dy[index..<index + 1, 0..<length])
      #expect(relativeError(together.y[index..<index + 1, 0..<length], alone.y) < 1e-12)
      #expect(relativeError(together.dx[index..<index + 1, 0..<length], alone.dx) < 1e-12)
      sum.add(alone.gradients)
    }
    for parameter in sum.receivers { #expect(relativeError(together.gradients[parameter]!, sum[parameter]!) < 1e-12) }
  }

  @Test func `of padded sources each is as if alone`() {
    let model = Transformer(
      encoder: PackedSequential { TransformerEncoderLayer(8, heads: 2) },
      input: Sequential { LearnedPositions(4, 8) },
      decoder: TransformerDecoder((0..<2).map { _ in TransformerDecoderLayer(8, heads: 2) }),
      output: Sequential { Linear(8, 3) })
    model.convert(to: .float64)
    let lengths = [3, 7, 1]
    let source = Tensor(normal: [3, 7, 8], dtype: .float64)
    let target = Tensor(normal: [3, 4, 8], dtype: .float64)
    let dy = Tensor(normal: [3, 4, 3], dtype: .float64)
    func run(_ source: PaddedSequences, _ target: Tensor, _ dy: Tensor) -> (results: [Tensor], gradients: Gradients) {
      let x = Pair(source, target)
      let (y, cache) = model.forward(x)
      var (gradients, state) = (Gradients(), CarriedState())
      let dx = model.backward(dy, cache, &gradients)
      let continued = model.continued(x, &state)
      return ([y, dx.first.values, dx.second, model(x), continued], gradients)
    }
    let together = run(PaddedSequences(source, lengths: lengths), target, dy)
    var sum = Gradients()
    for (index, length) in lengths.enumerated() {
      let row = index..<index + 1
      let alone = run(PaddedSequences(source[row, 0..<length], lengths: [length]), target[row], dy[row])
      for (a, b) in zip(together.results, alone.results) {
        let part = a[row].shape == b.shape ? a[row] : a[row, 0..<length]
        #expect(relativeError(part, b) < 1e-12)
      }
      sum.add(alone.gradients)
    }
    for parameter in sum.receivers { #expect(relativeError(together.gradients[parameter]!, sum[parameter]!) < 1e-12) }
    #expect(together.results[1][0, 3..<7] == Tensor(zeros: [4, 8], dtype: .float64))
  }

  @Test func `rotary scores depend on distances alone`() {
    for pairing in [RotaryPositions.Pairing.halves, .interleaved] {
      let layer = MultiHeadAttention(8, heads: 1, mask: .causal, positions: .rotary(RotaryPositions(pairing: pairing)))
      layer.convert(to: .float64)
      let row = Tensor(normal: [1, 1, 8], dtype: .float64)
      // Equal steps: each sees the same values with whatever weights, so that scores show in gradients alone.
      let x = Tensor(concatenating: [row, 2 * row, row, 2 * row], along: 1)
      let (y, _) = layer.forward(x)
      let shifted = layer.forward(Tensor(concatenating: [x, x], along: 1)).0
      #expect(relativeError(shifted[0..<1, 0..<4], y) < 1e-12)
    }
  }

  @Test func `the cache grows with the length, not its square`() {
    let layer = TransformerEncoderLayer(32, heads: 4, mask: .causal)
    let bytes = [512, 1024, 2048].map { layer.cachedBytes(for: [1, $0, 32]) }
    #expect(bytes[1] == 2 * bytes[0] && bytes[2] == 4 * bytes[0])
  }

  @Test func `dropped weights keep the expectation`() {
    let layer = MultiHeadAttention(4, heads: 1, dropout: 0.4)
    let x = Tensor(normal: [1, 40, 4])
    let expected = layer(x)
    let mean = (0..<400).reduce(Tensor(zeros: x.shape)) { sum, _ in sum + layer.forward(x).0 } / 400
    #expect(relativeError(mean, expected) < 0.1)
    #expect(layer.forward(x).0 != layer.forward(x).0)
  }

  /// y, dq, dk and dv by tensor operations, for two heads of queries to one of keys.
  private func definition(_ q: Tensor, _ k: Tensor, _ v: Tensor, _ dy: Tensor, _ bias: Tensor) -> [Tensor] {
    func repeated(_ x: Tensor) -> Tensor {
      let heads = x.split([1, 1], along: 1)
      return Tensor(concatenating: [heads[0], heads[0], heads[1], heads[1]], along: 1)
    }
    func summed(_ x: Tensor) -> Tensor {
      let heads = x.split([1, 1, 1, 1], along: 1)
      return Tensor(concatenating: [heads[0] + heads[1], heads[2] + heads[3]], along: 1)
    }
    let scale = 1 / Double(q.shape[3]).squareRoot()
    let (keys, values) = (repeated(k), repeated(v))
    let scores = scale * matmul(q, keys.transposed) + bias
    let largest = scores.max(along: 3, keepingAxis: true)
    let e = exp(scores - Tensor.where(largest .> -1e300, largest, 0.0))
    let sums = e.sum(along: 3, keepingAxis: true)
    let p = e / Tensor.where(sums .> 0.0, sums, 1.0)
    let y = matmul(p, values)
    let dp = matmul(dy, values.transposed)
    let ds = p * (dp - (dy * y).sum(along: 3, keepingAxis: true)) * scale
    return [y, matmul(ds, keys), summed(matmul(ds.transposed, q)), summed(matmul(p.transposed, dy))]
  }

  private func causal(_ queries: Int, _ keys: Int) -> Tensor {
    let scores = (0..<queries * keys).map { (index: Int) -> Double in
      let (query, key) = index.quotientAndRemainder(dividingBy: keys)
      return key <= query + keys - queries ? 0 : -.infinity
    }
    return Tensor(scores, shape: [queries, keys])
  }

  private func expectClose(_ x: Tensor, _ numbers: [Double]) {
    #expect(relativeError(x.reshaped(to: [numbers.count]), Tensor(numbers)) < 1e-14)
  }
}
