import CStrataKernels
import Foundation
import Synchronization

/// Threads that share the blocks of one operation at a time with the thread that asks for it.
///
/// A fork and join must cost far less than a small matrix product, a few microseconds, so workers
/// spin for a while after a job before they sleep. One 64-bit ticket holds the job's generation, its number
/// of blocks and the next block; claiming a block is one compare-and-swap on it. Were the number
/// of blocks kept apart, a worker that comes late could claim a block of the next job
/// by the measure of the last.
///
/// `@unchecked Sendable`: `job` is written by the submitting thread alone, which holds `busy`, before
/// it publishes the ticket, and is read only by a thread that has claimed a block of that ticket;
/// until that block is reported done the submitter waits.
final class WorkerPool: @unchecked Sendable {
  typealias Job = (Int) -> Void

  /// The process's pool, started when an operation first has more than one block.
  static let shared = WorkerPool()

  /// 32 bits of generation, 16 of block count, 16 of next block.
  private let ticket = Atomic<UInt64>(0)
  private let unfinished = Atomic<Int>(0)
  private let busy = Atomic<Bool>(false)
  /// How many threads, the submitter included, may take blocks.
  private let limit = Atomic<Int>(1)
  private let sleepers = Atomic<Int>(0)
  private let alarm = NSCondition()
  /// The started threads; guarded by `busy`.
  private var threadCount = 0
  /// The current job; see the note on `@unchecked`.
  private var job: UnsafePointer<Job>?

  /// About 50 to 100 microseconds: the time between two operations of a step, but not between two steps
  /// of someone who reads a file in between.
  private static let spins = 20_000

  static let maximumBlocks = Int(UInt16.max)

  /// Runs `body(0)` to `body(count - 1)`, each once, on up to `workers` threads, and returns when all are
  /// done.
  ///
  /// Where the pool is at work for another thread, or the call comes from inside a block, the calling
  /// thread runs all of them itself.
  func run(blocks count: Int, workers: Int, _ body: Job) {
    guard count > 1, workers > 1,
      busy.compareExchange(expected: false, desired: true, ordering: .acquiring).exchanged
    else {
      if count > 1 { WorkerLog.current?.noteAlone(isPoolBusy: workers > 1) }
      for block in 0..<count { body(block) }
      return
    }
    defer { busy.store(false, ordering: .releasing) }
    startThreads(workers - 1)
    limit.store(workers, ordering: .relaxed)
    withoutActuallyEscaping(body) { body in
      withUnsafePointer(to: WorkerLog.current?.watching(body) ?? body) { pointer in
        job = pointer
        unfinished.store(count, ordering: .relaxed)
        let generation = ticket.load(ordering: .relaxed) >> 32 &+ 1
        // Sequentially consistent, as is the sleeper's look at the ticket: one of the two sees the other.
        ticket.store(generation << 32 | UInt64(count) << 16, ordering: .sequentiallyConsistent)
        if sleepers.load(ordering: .sequentiallyConsistent) > 0 {
          alarm.lock()
          alarm.broadcast()
          alarm.unlock()
        }
        takeBlocks()
        var waited = 0
        while unfinished.load(ordering: .acquiring) > 0 {
          waited += 1
          if waited > Self.spins { sched_yield() } else { strata_pause() }
        }
        job = nil
      }
    }
  }

  /// Claims and runs blocks of the current job until none is left.
  private func takeBlocks() {
    var seen = ticket.load(ordering: .acquiring)
    while seen & 0xFFFF < seen >> 16 & 0xFFFF {
      let (claimed, current) = ticket.weakCompareExchange(
        expected: seen, desired: seen &+ 1, successOrdering: .acquiring, failureOrdering: .acquiring)
      if claimed {
        job!.pointee(Int(seen & 0xFFFF))
        unfinished.subtract(1, ordering: .releasing)
        seen = ticket.load(ordering: .acquiring)
      } else {
        seen = current
      }
    }
  }

  private func startThreads(_ count: Int) {
    while threadCount < count {
      threadCount += 1
      let index = threadCount
      let thread = Thread { [self] in work(as: index) }
      thread.name = "strata-worker-\(index)"
      thread.qualityOfService = .userInitiated
      thread.stackSize = 4 << 20  // OpenBLAS keeps small packing buffers on the stack
      thread.start()
    }
  }

  private func work(as index: Int) {
    var idle = 0
    while true {
      let seen = ticket.load(ordering: .acquiring)
      if seen & 0xFFFF < seen >> 16 & 0xFFFF, index < limit.load(ordering: .relaxed) {
        takeBlocks()
        idle = 0
      } else if idle < Self.spins, index < limit.load(ordering: .relaxed) {
        idle += 1
        strata_pause()
      } else {
        sleep(after: seen)
        idle = 0
      }
    }
  }

  /// Sleeps until the ticket differs from `seen`.
  private func sleep(after seen: UInt64) {
    alarm.lock()
    sleepers.add(1, ordering: .sequentiallyConsistent)
    while ticket.load(ordering: .sequentiallyConsistent) == seen { alarm.wait() }
    sleepers.subtract(1, ordering: .sequentiallyConsistent)
    alarm.unlock()
  }
}
