import Strata
import StrataTensor
import StrataTesting
import Testing

/// ``Embedding``: rows of a table, and gradients gathered from equal indices.
@Suite(.seeded) struct EmbeddingTests {
  @Test func `the worked numbers of the derivation`() {
    let layer = Embedding(weight: Parameter([[1, 2], [3, 4], [5, 6]]))
    let indices = Tensor([2, 0, 2] as [Int32])
    let (y, dx, gradients) = layer.run(indices, [[1, 10], [2, 20], [4, 40]])
    #expect(y == [[5, 6], [1, 2], [5, 6]])
    #expect(gradients[layer.weight] == [[2, 20], [0, 0], [5, 50]])
    #expect(dx == Tensor(zeros: [3]))
  }

  /// A model written by hand, which holds its table before the rest.
  private struct Classifier: Layer {
    let table = Embedding(50, 4)
    let head = Sequential {
      MeanOverTime(); Linear(4, 2)
    }
    func forward(_ x: Tensor) -> (Tensor, [any CacheBox]) {
      let (rows, tableBox) = forward(table, at: "table", x)
      let (y, headBox) = forward(head, at: "head", rows)
      return (y, [tableBox, headBox])
    }
    func backward(_ dy: Tensor, _ boxes: [any CacheBox], _ gradients: inout Gradients) -> Tensor {
      backward(table, at: "table", backward(head, at: "head", dy, boxes[1], &gradients), boxes[0], &gradients)
    }
    func outputShape(for input: Shape) throws -> Shape { [input[0], 2] }
  }

  @Test func `a model that begins with it is summarized on indices, unless another type is given`() throws {
    let layers: [any Layer] = [Embedding(50, 4), MeanOverTime(), Linear(4, 2)]
    let model = Sequential(layers)
    #expect(try model.summary(input: [8, 5]).rows.last?.outputShape == [8, 2])
    #expect(try model.summary(input: [8, 5]).cachedBytes == model.summary(input: [8, 5], dtype: .int32).cachedBytes)
    #expect(try Classifier().summary(input: [8, 5]).rows.map(\.outputShape) == [[8, 5, 4], [8, 4], [8, 2]])
    #expect(Frozen { for layer in layers { layer } }.cachedBytes(for: [8, 5]) == 0)
    #expect(try model.checkpointed(.within(bytes: 1 << 20), input: [8, 5]).cachedBytes(for: [8, 5]) > 0)
  }

  @Test func `a model of another precision is summarized in its own`() throws {
    let model = Sequential {
      Linear(3, 4); ReLU()
    }
    let bytes = try model.summary(input: [8, 3]).cachedBytes
    model.convert(to: .float64)
    #expect(try model.summary(input: [8, 3]).cachedBytes == 2 * bytes)
    #expect(try ReLU().summary(input: [8, 3], dtype: .float64).cachedBytes == 8 * 8 * 3)
  }

  @Test func `the gradient is the same for any number of workers`() {
    let layer = Embedding(50, 129)
    let indices = Tensor((0..<2000).map { Int32($0 * 7919 % 50) })
    let dy = Tensor(normal: [2000, 129])
    func gradient() -> Tensor { layer.run(indices, dy).gradients[layer.weight]! }
    let alone = withWorkers(1) { gradient() }
    let shared = WorkerLog.sharing(workers: 4) { gradient() }
    #expect(shared.result.isIdentical(to: alone))
    #expect(shared.threads > 1)
    let oneHot = Tensor(
      concatenating: (0..<2000).map { row in
        Tensor((0..<50).map { $0 == row * 7919 % 50 ? 1 : 0 as Float }, shape: [1, 50])
      })
    #expect(relativeError(alone, matmul(oneHot.transposed, dy)) < 1e-6)
  }

  @Test func `a million gradients of one row add up`() {
    let layer = Embedding(2, 1)
    let count = 1_000_000
    let dy = Tensor(repeating: 0.1, shape: [count, 1])
    let gradient = layer.run(Tensor(zeros: [count], dtype: .int32), dy).gradients[layer.weight]!
    #expect(gradient == Tensor([Float(Double(Float(0.1)) * Double(count)), 0], shape: [2, 1]))
  }

  @Test func `it trains in front of other layers`() throws {
    let model = withSeed(1) {
      Sequential {
        Embedding(5, 4); Flatten(); Linear(12, 2)
      }
    }
    let indices = Tensor([0, 1, 2, 2, 3, 4] as [Int32], shape: [2, 3])
    #expect(try model.validate(input: [2, 3]) == [2, 2])
    try checkGradients(of: model, input: indices)
    let summary = try model.summary(input: [2, 3], dtype: .int32)
    #expect(summary.rows[0].parameterCount == 20)
  }
}
