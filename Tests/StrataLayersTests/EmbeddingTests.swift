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
