import Foundation
import Synchronization

/// The threads that run the blocks of one task's operations, for a check that the work was shared.
package final class WorkerLog: Sendable {
  private let threads = Lock<Set<ObjectIdentifier>>([])
  private let foundPoolBusy = Atomic(false)

  private static let scope = TaskScoped<WorkerLog>()

  @inline(__always)
  static var current: WorkerLog? { scope.current }

  private init() {}

  /// Runs `body` with a number of workers, of which at least two share each operation that is cut into blocks.
  ///
  /// Where the pool was at work for another thread all the time, `body` runs again.
  ///
  /// - Returns: What `body` returns, and how many threads took part; 0 where no operation was cut into blocks.
  package static func sharing<R>(workers: Int, _ body: () throws -> R) rethrows -> (result: R, threads: Int) {
    let deadline = ContinuousClock.now + .seconds(20)
    while true {
      let log = WorkerLog()
      let result = try scope.with(log) { try withWorkers(workers, body) }
      let count = log.threads.withLock { $0.count }
      if count != 1 || !log.foundPoolBusy.load(ordering: .relaxed) || ContinuousClock.now > deadline {
        return (result, count)
      }
    }
  }

  /// Notes that the calling thread runs all blocks of an operation.
  func noteAlone(isPoolBusy: Bool) {
    noteThread()
    if isPoolBusy { foundPoolBusy.store(true, ordering: .relaxed) }
  }

  /// Returns `job` with its first two blocks waiting for each other, so that two threads take part.
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
