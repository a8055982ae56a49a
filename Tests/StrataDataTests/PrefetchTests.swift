import Foundation
import StrataTensor
import Synchronization
import Testing

@testable import StrataData

/// Counts what it makes, and may fail.
private final class Counter: BatchSource, Sendable {
  let made = Atomic(0)
  let ends = Atomic(0)
  let count: Int
  let failsAt: Int?

  struct Failure: Error {}

  init(_ count: Int, failsAt: Int? = nil) { (self.count, self.failsAt) = (count, failsAt) }

  /// Notes when whoever made batches lets go of them.
  private final class Pass {
    let counter: Counter
    var next = 0
    init(_ counter: Counter) { self.counter = counter }
    deinit { counter.ends.add(1, ordering: .relaxed) }
  }

  func batches(for request: BatchRequest) throws -> BatchStream<Tensor, Tensor> {
    if failsAt == -1 { throw Failure() }
    let pass = Pass(self)
    return BatchStream(count: count) {
      guard pass.next < pass.counter.count else { return nil }
      if pass.next == pass.counter.failsAt { throw Failure() }
      defer { pass.next += 1 }
      pass.counter.made.add(1, ordering: .relaxed)
      return Dataset.Batch(inputs: Tensor([Float(pass.next)]), labels: [0])
    }
  }
}

@Suite(.seeded) struct `Batches that are made ahead` {
  private func numbers(_ stream: consuming BatchStream<Tensor, Tensor>) throws -> [Int] {
    var (stream, numbers) = (stream, [Int]())
    while let batch = try stream.next() { numbers.append(Int(batch.inputs.item)) }
    return numbers
  }

  @Test(arguments: [1, 2, 5, 100]) func `are the same in the same order`(depth: Int) throws {
    let counter = Counter(40)
    let stream = try counter.prefetched(depth: depth).batches(for: BatchRequest(batchSize: 1))
    #expect(stream.count == 40)
    #expect(try numbers(stream) == Array(0..<40))
    #expect(counter.ends.load(ordering: .relaxed) == 1)
  }

  @Test func `tell what is known of the examples before training`() throws {
    let data = Dataset(inputs: Tensor(ones: [10, 2]), labels: Tensor(labels: [Int](repeating: 1, count: 10)))
    let stream = try data.prefetched().batches(for: BatchRequest(batchSize: 4))
    #expect(stream.count == 3 && stream.rowCounts == [4, 2])
    #expect(stream.inputs == data.inputs && stream.labels == data.labels)
  }

  @Test(arguments: [0, 1, 5]) func `end with the error where it would have come`(place: Int) throws {
    var stream = try Counter(9, failsAt: place).prefetched(depth: 3).batches(for: BatchRequest(batchSize: 1))
    for _ in 0..<place { _ = try #require(try stream.next()) }
    #expect(throws: Counter.Failure.self) { try stream.next() }
    #expect(throws: Counter.Failure.self) {
      try Counter(9, failsAt: -1).prefetched().batches(for: BatchRequest(batchSize: 1))
    }
  }

  @Test func `are no more than the depth and the one that is being made`() throws {
    let counter = Counter(1000)
    var stream = try counter.prefetched(depth: 3).batches(for: BatchRequest(batchSize: 1))
    for taken in 1...50 {
      _ = try stream.next()
      if taken % 10 == 0 { usleep(2000) }
      #expect(counter.made.load(ordering: .relaxed) <= taken + 4)
    }
  }

  @Test func `stop when the stream is given up, and the thread with them`() throws {
    for taken in 0..<30 {
      let counter = Counter(1000)
      do {
        var stream = try counter.prefetched(depth: 2).batches(for: BatchRequest(batchSize: 1))
        for _ in 0..<taken { _ = try stream.next() }
      }
      // The thread has let go of the source, which nobody else waits for.
      #expect(counter.ends.load(ordering: .relaxed) == 1)
      #expect(counter.made.load(ordering: .relaxed) <= taken + 3)
    }
  }

  @Test func `draw numbers that follow from the seed and the epoch`() throws {
    struct Noise: BatchSource, Sendable {
      func batches(for request: BatchRequest) -> BatchStream<Tensor, Tensor> {
        BatchStream(
          (0..<3).lazy.map { _ in Dataset.Batch(inputs: Tensor(normal: [2]), labels: Tensor(labels: [0, 0])) })
      }
    }
    func noise(_ seed: UInt64, _ epoch: Int?) throws -> [Tensor] {
      var (stream, tensors) = (
        try Noise().prefetched().batches(for: BatchRequest(batchSize: 2, epoch: epoch, seed: seed)), [Tensor]()
      )
      while let batch = try stream.next() { tensors.append(batch.inputs) }
      return tensors
    }
    let first = try noise(1, 0)
    let others = try [noise(1, 1), noise(2, 0), noise(1, nil)]
    #expect(try noise(1, 0) == first)
    #expect(!others.contains(first))
  }
}
