import StrataData
import StrataTensor
import Testing

@Suite struct `Windows of tokens in memory` {
  let windows = TokenWindows(Array(0..<100), length: 8, randomBatches: 3)

  private func batches(_ windows: TokenWindows, _ request: BatchRequest) throws -> [Dataset.Batch] {
    var (stream, batches) = (windows.batches(for: request), [Dataset.Batch]())
    while let batch = try stream.next() { batches.append(batch) }
    #expect(stream.count == batches.count)
    return batches
  }

  @Test func `in an evaluation follow one another without overlap, with labels one token later`() throws {
    let batches = try batches(windows, BatchRequest(batchSize: 5))
    #expect(batches.map(\.inputs.shape) == [[5, 8], [5, 8], [2, 8]])
    #expect(batches.flatMap { $0.inputs.elements(as: Int.self) } == Array(0..<96))
    #expect(batches.flatMap { $0.labels.elements(as: Int.self) } == Array(1..<97))
    #expect(batches.flatMap(\.indices) == Array(stride(from: 0, to: 96, by: 8)))
    #expect(batches[0].inputs.dtype == .int32 && batches[0].labels.dtype == .int32)
    let whole = try self.batches(windows, BatchRequest(batchSize: 5, keepsRemainder: false))
    #expect(whole.map(\.count) == [5, 5])
  }

  @Test func `are as many as there are whole ones with their next tokens`() throws {
    for (count, expected) in [(9, 1), (16, 1), (17, 2), (24, 2), (25, 3)] {
      let windows = TokenWindows(Array(0..<Int32(count)), length: 8)
      #expect(try batches(windows, BatchRequest(batchSize: 4)).flatMap(\.indices).count == expected, "\(count)")
    }
  }

  @Test func `in an epoch begin at random positions, all of which occur equally often`() throws {
    let many = TokenWindows(Array(0..<12), length: 8, randomBatches: 50)
    let batches = try batches(many, BatchRequest(batchSize: 80, epoch: 3, seed: 5))
    #expect(batches.count == 50 && batches.allSatisfy { $0.inputs.shape == [80, 8] })
    for batch in batches {
      let (inputs, labels) = (batch.inputs.elements(as: Int.self), batch.labels.elements(as: Int.self))
      for (row, start) in batch.indices.enumerated() {
        #expect(Array(inputs[8 * row..<8 * row + 8]) == Array(start..<start + 8))
        #expect(Array(labels[8 * row..<8 * row + 8]) == Array(start + 1..<start + 9))
      }
    }
    let counts = Dictionary(grouping: batches.flatMap(\.indices)) { $0 }.mapValues(\.count)
    #expect(counts.keys.sorted() == [0, 1, 2, 3])
    let statistic = counts.values.reduce(0.0) { $0 + Double(($1 - 1000) * ($1 - 1000)) / 1000 }
    #expect(statistic < 16.3)  // χ² of three degrees of freedom: p > 0.001
  }

  @Test func `in an epoch are a function of seed, epoch and batch`() throws {
    func positions(_ request: BatchRequest) throws -> [[Int]] { try batches(windows, request).map(\.indices) }
    let first = try positions(BatchRequest(batchSize: 4, epoch: 0, seed: 1))
    #expect(try positions(BatchRequest(batchSize: 4, epoch: 0, seed: 1)) == first)
    #expect(try positions(BatchRequest(batchSize: 4, epoch: 1, seed: 1)) != first)
    #expect(try positions(BatchRequest(batchSize: 4, epoch: 0, seed: 2)) != first)
    #expect(Set(first).count == 3)
    var stream = windows.batches(for: BatchRequest(batchSize: 4, epoch: 0, seed: 1))
    try stream.skip(2)
    #expect(try stream.next()?.indices == first[2])
  }

  @Test func `are split by position, and no token is in both parts`() throws {
    let (train, validation) = TokenWindows(Array(0..<100), length: 8, randomBatches: 7).split(at: 0.855)
    #expect(train.tokenCount == 85 && validation.tokenCount == 15)
    #expect(validation.length == 8 && validation.count == 1)
    let batch = try #require(try batches(validation, BatchRequest(batchSize: 4)).first)
    #expect(batch.inputs.elements(as: Int.self) == Array(85..<93) && batch.indices == [0])
    for batch in try batches(train, BatchRequest(batchSize: 16, epoch: 0)) {
      #expect(batch.labels.elements(as: Int.self).allSatisfy { $0 < 85 })
    }
  }
}
