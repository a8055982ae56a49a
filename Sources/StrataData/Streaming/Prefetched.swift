import Foundation
import StrataTensor

/// A source whose batches are made on a thread apart, some ahead of whoever takes them: see
/// ``BatchSource/prefetched(depth:)``.
public struct Prefetched<Source: BatchSource & Sendable>: BatchSource, Sendable {
  private let source: Source
  private let depth: Int

  fileprivate init(_ source: Source, depth: Int) {
    require(depth >= 1, "prefetched: a depth of \(depth) batches is not possible; give 1 or more")
    (self.source, self.depth) = (source, depth)
  }

  /// Returns the batches of one pass of the source. The thread ends with the pass, or when the stream is given up.
  public func batches(for request: BatchRequest) throws -> BatchStream<Source.Inputs, Source.Labels> {
    let thread = PrefetchThread(source, for: request, depth: depth)
    let facts = try thread.queue.facts()
    return BatchStream(
      count: facts.count, rowCounts: facts.rowCounts, inputs: facts.inputs, labels: facts.labels,
      omit: { thread.queue.skip($0) }, next: { try thread.queue.next() })
  }
}

extension BatchSource where Self: Sendable {
  /// Returns a source of the same batches in the same order, which are made on a thread apart while others are used.
  ///
  /// Errors come where the batch would have come. The thread makes batches by itself, so that the workers stay free for
  /// training. What a source draws there without a generator follows from the seed and the epoch of the request alone.
  ///
  /// - Parameter depth: How many batches may wait; as many are in memory, and one more that is being made.
  public func prefetched(depth: Int = 4) -> Prefetched<Self> { Prefetched(self, depth: depth) }
}

/// The thread of one pass, which ends before its last holder lets go.
private final class PrefetchThread<Source: BatchSource & Sendable> {
  let queue: BatchQueue<Source.Inputs, Source.Labels>

  init(_ source: Source, for request: BatchRequest, depth: Int) {
    let queue = BatchQueue<Source.Inputs, Source.Labels>(depth: depth)
    self.queue = queue
    let thread = Thread {
      requestShortTurns()
      let stream: UInt64 = 0xFE7C << 48 | UInt64((request.epoch ?? -1) + 1)
      var generator = RandomGenerator(seed: request.seed, stream: stream)
      withSeed(generator.next()) { withWorkers(1) { Self.run(source, request, queue) } }
      queue.close()
    }
    thread.name = "strata.prefetch"
    thread.start()
  }

  deinit { queue.stop() }

  private static func run(
    _ source: Source, _ request: BatchRequest, _ queue: BatchQueue<Source.Inputs, Source.Labels>
  ) {
    do {
      var stream = try source.batches(for: request)
      queue.begin((stream.count, stream.rowCounts, stream.inputs, stream.labels))
      while let skipped = queue.awaitRoom() {
        try stream.skip(skipped)
        guard let batch = try stream.next() else { return }
        queue.put(batch)
      }
    } catch {
      queue.fail(error)
    }
  }
}

/// A queue of batches between the thread that makes them and the one that takes them.
///
/// `@unchecked Sendable`: what changes is touched only by a thread that holds `condition`.
private final class BatchQueue<Inputs: TensorGroup, Labels: TensorGroup>: @unchecked Sendable {
  typealias Batch = Examples<Inputs, Labels>.Batch
  typealias Facts = (count: Int?, rowCounts: [Int], inputs: Inputs?, labels: Labels?)

  private let depth: Int
  private let condition = NSCondition()
  private var known: Facts?
  private var batches: [Batch] = []
  /// How many batches are to be left out, the one being made first.
  private var unwanted = 0
  private var failure: (any Error)?
  /// The core of the thread that took a batch last.
  private var takersCore: Int32 = -1
  private var isStopped = false
  private var isClosed = false

  init(depth: Int) { self.depth = depth }

  /// Runs `body` alone, and wakes the other thread.
  private func change<R>(_ body: () throws -> R) rethrows -> R {
    try condition.withLock {
      defer { condition.broadcast() }
      return try body()
    }
  }

  /// Waits while a condition holds.
  private func wait(while isWaiting: () -> Bool) {
    while isWaiting() { condition.wait() }
  }

  // MARK: - The thread that makes batches

  func begin(_ facts: Facts) { change { known = facts } }

  func fail(_ error: any Error) { change { failure = error } }

  func put(_ batch: Batch) {
    condition.withLock {
      if unwanted > 0 { unwanted -= 1 } else { batches.append(batch) }
      if batches.count == 1 { condition.broadcast() }
    }
  }

  /// Waits for room, and returns how many batches to leave out before the next; nil where no more is wanted.
  func awaitRoom() -> Int? {
    let (skipped, core) = change {
      wait { batches.count >= depth && !isStopped }
      defer { unwanted = 0 }
      return (isStopped ? nil : unwanted, takersCore)
    }
    leaveCore(core)
    return skipped
  }

  /// Says that the thread will do no more.
  func close() { change { isClosed = true } }

  // MARK: - The thread that takes batches

  func facts() throws -> Facts {
    try change {
      wait { known == nil && failure == nil }
      if let known { return known }
      throw failure!
    }
  }

  func next() throws -> Batch? {
    try condition.withLock {
      wait { batches.isEmpty && !isClosed }
      takersCore = currentCore
      if batches.isEmpty {
        if let failure { throw failure }
        return nil
      }
      // To wake a thread takes as long as to copy a batch: it is done once for most of the queue.
      if batches.count - 1 <= max(1, depth / 4) { condition.broadcast() }
      return batches.removeFirst()
    }
  }

  func skip(_ count: Int) {
    change {
      let waiting = min(count, batches.count)
      batches.removeFirst(waiting)
      unwanted += count - waiting
    }
  }

  /// Ends the thread and waits until it has let go of the source.
  func stop() {
    change {
      isStopped = true
      condition.broadcast()
      wait { !isClosed }
    }
  }
}
