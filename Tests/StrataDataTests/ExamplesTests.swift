import StrataTensor
import Testing

@testable import StrataData

/// Ten examples of two inputs each: row n holds n and 10n, its label is −n.
private let pairs = Examples(
  inputs: Pair(Tensor((0..<10).map { Float($0) }, shape: [10, 1]), Tensor(labels: (0..<10).map { 10 * $0 })),
  labels: Tensor((0..<10).map { -Float($0) }, shape: [10, 1]))

@Suite(.seeded) struct `Examples of several tensors` {
  @Test func `are cut, gathered and shuffled row by row`() {
    let (first, rest) = pairs.split(at: 8)
    #expect(first.count == 8 && rest.count == 2)
    #expect(rest.inputs.first == [[8], [9]] && rest.inputs.second == Tensor(labels: [80, 90]))
    #expect(pairs[3..<4].labels == [[-3]])
    #expect(pairs.gathered(rows: [7, 1]).inputs.second == Tensor(labels: [70, 10]))
    let shuffled = pairs.shuffled(seed: 4)
    let order = permutation(of: 10, epoch: 0, seed: 4)
    #expect(shuffled.inputs.second == Tensor(labels: order.map { 10 * $0 }))
    #expect(shuffled.labels.elements(as: Double.self) == order.map { -Double($0) })
  }

  @Test func `come in batches whose parts belong together`() {
    let batches = pairs.batches(of: 4, epoch: 2, seed: 3)
    #expect(batches.map(\.count) == [4, 4, 2])
    for batch in batches {
      #expect(batch.inputs.second == Tensor(labels: batch.indices.map { 10 * $0 }))
      #expect(batch.labels == -1 * batch.inputs.first)
    }
  }

  @Test func `a batch made by hand numbers its rows`() {
    let batch = Dataset.Batch(inputs: [[1], [2]], labels: [[3], [4]])
    #expect(batch.count == 2 && batch.indices == [0, 1])
    #expect(Dataset.Batch(inputs: [[1], [2]], labels: [[3], [4]], indices: [8, 5]).indices == [8, 5])
  }
}

@Suite(.seeded) struct `A stream of batches` {
  private static func batch(_ number: Float) -> Dataset.Batch {
    Dataset.Batch(inputs: Tensor([number], shape: [1, 1]), labels: Tensor([number], shape: [1, 1]))
  }

  private func numbers(_ stream: BatchStream<Tensor, Tensor>) throws -> [Double] {
    var (stream, numbers) = (stream, [Double]())
    while let batch = try stream.next() { numbers.append(batch.inputs.item) }
    return numbers
  }

  @Test func `gives the batches of a sequence, and knows the number of a collection's`() throws {
    let some = (0..<3).map { Self.batch(Float($0)) }
    #expect(BatchStream(some).count == 3)
    #expect(try numbers(BatchStream(some)) == [0, 1, 2])
    let rest = sequence(first: Self.batch(5)) { $0.inputs.item < 7 ? Self.batch(Float($0.inputs.item) + 1) : nil }
    #expect(BatchStream(rest).count == nil)
    #expect(try numbers(BatchStream(rest)) == [5, 6, 7])
  }

  @Test func `makes a batch when it is asked for, and once where it was looked at before`() throws {
    var made = 0
    var stream = BatchStream<Tensor, Tensor> {
      made += 1
      return made < 3 ? Self.batch(Float(made)) : nil
    }
    #expect(made == 0)
    #expect(try stream.peek()?.inputs.item == 1)
    #expect(try stream.peek()?.inputs.item == 1 && made == 1)
    #expect(try numbers(stream) == [1, 2])
  }

  @Test func `throws what its function throws`() throws {
    struct Unreadable: Error {}
    var stream = BatchStream<Tensor, Tensor> { throw Unreadable() }
    #expect(throws: Unreadable.self) { try stream.next() }
  }

  @Test func `of examples is shuffled for an epoch and stored in order for an evaluation`() throws {
    func indices(_ request: BatchRequest) throws -> [[Int]] {
      var (stream, indices) = (pairs.batches(for: request), [[Int]]())
      while let batch = try stream.next() { indices.append(batch.indices) }
      return indices
    }
    #expect(try indices(BatchRequest(batchSize: 4)) == [[0, 1, 2, 3], [4, 5, 6, 7], [8, 9]])
    #expect(try indices(BatchRequest(batchSize: 4, keepsRemainder: false)).count == 2)
    #expect(
      try indices(BatchRequest(batchSize: 10, epoch: 3, seed: 42)) == [permutation(of: 10, epoch: 3, seed: 42)])
    #expect(Set(pairs.batches(for: BatchRequest(batchSize: 4)).rowCounts) == [4, 2])
  }
}
