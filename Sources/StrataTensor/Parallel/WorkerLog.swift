import Foundation
import Synchronization

/// The threads that run the blocks of one task's operations, for a check that the work was shared.
package final class WorkerLog: Sendable {
  private let threads = Lock<Set<ObjectIdentifier>>([])
  private let foundPoolBusy = Atomic(false)

  @TaskLocal private static var scoped: WorkerLog?

  /// How many logs are open in the process: an operation looks at the task's only where there is one.
  private static let openLogs = Atomic(0)

  @inline(__always)
  static var current: WorkerLog? { openLogs.load(ordering: .relaxed) > 0 ? scoped : nil }

  private init() {}

  /// Runs `body` and notes the threads that take part in its operations; each that the pool can take is shared by
  /// two at least.
  package static func recording<R>(_ body: () throws -> R) rethrows -> (result: R, log: WorkerLog) {
    let log = WorkerLog()
    openLogs.add(1, ordering: .relaxed)
    defer { openLogs.subtract(1, ordering: .relaxed) }
    return (try $scoped.withValue(log, operation: body), log)
  }

  /// How many threads took part; 0 where no operation was cut into blocks.
  package var threadCount: Int { threads.withLock { $0.count } }

  /// Whether the pool was at work for another thread when an operation asked for it.
  package var hasMetBusyPool: Bool { foundPoolBusy.load(ordering: .relaxed) }

  /// Notes that the calling thread runs all blocks of an operation.
  func noteAlone(isPoolBusy: Bool) {
    noteThread()
    if isPoolBusy { foundPoolBusy.store(true, ordering: .relaxed) }
  }

  /// Returns `job` with its first two blocks waiting for each other: two threads take part, however fast one is.
  func watching(_ job: @escaping WorkerPool.Job) -> WorkerPool.Job {
    let begun = Atomic(0)
    let deadline = ContinuousClock.now + .seconds(10)
    return { [self] block in
      noteThread()
      if block < 2 {
        begun.add(1, ordering: .relaxed)
        while begun.load(ordering: .relaxed) < 2, ContinuousClock.now < deadline { usleep(10) }
      }
      job(block)
    }
  }

  private func noteThread() { threads.withLock { _ = $0.insert(ObjectIdentifier(Thread.current)) } }
}
