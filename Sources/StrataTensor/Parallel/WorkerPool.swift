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
/// Where other programs need the cores, nobody waits for a thread that has lost its core, as far as can be avoided:
///
/// - A block is claimed only by a thread that runs it now, so the caller takes every block for which no worker comes.
/// - A worker offers its core to others between two blocks, before the system takes it away in the middle of one.
/// - A caller that waits longer than it takes to sleep and wake up sleeps, so that its core is free for the worker.
/// - A worker asks for short turns on a core, so that it gets one soon after it is woken up, beside programs that never
///   sleep.
/// - A worker that wakes up on the caller's core moves to another one: there it would stop the caller.
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
  /// The core at which the submitter was when it published the ticket.
  private let callerCore = Atomic<Int32>(-1)
  private let callerSleeps = Atomic<Bool>(false)
  private let sleepers = Atomic<Int>(0)
  /// When the submitter last woke sleepers, in nanoseconds.
  private let alarmTime = Atomic<UInt64>(0)
  /// What sleeping workers, workers beyond the limit, and the submitter wait for.
  private let (published, raised, finished) = (NSCondition(), NSCondition(), NSCondition())
  /// The started threads; guarded by `busy`.
  private var threadCount = 0
  /// The current job; see the note on `@unchecked`.
  private var job: UnsafePointer<Job>?

  /// How many nanoseconds a worker spins after a job: the time between two operations of a step, but not between
  /// two steps of someone who reads a file in between.
  private static let idleSpin: UInt64 = 100_000

  /// How many nanoseconds the submitter spins for the last blocks: about the cost of sleeping and waking up.
  private static let finishSpin: UInt64 = 50_000

  /// After how many nanoseconds a worker offers its core to others: less than systems let a thread run (4 ms on
  /// Linux at 250 ticks a second).
  private static let turn: UInt64 = 2_000_000

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
    let before = limit.load(ordering: .relaxed)
    if before != workers { limit.store(workers, ordering: .sequentiallyConsistent) }
    if before < workers { raised.withLock { raised.broadcast() } }
    withoutActuallyEscaping(body) { body in
      withUnsafePointer(to: WorkerLog.current?.watching(body) ?? body) { pointer in
        job = pointer
        unfinished.store(count, ordering: .relaxed)
        callerCore.store(currentCore, ordering: .relaxed)
        let generation = ticket.load(ordering: .relaxed) >> 32 &+ 1
        // Sequentially consistent, as is the sleeper's look at the ticket: one of the two sees the other.
        ticket.store(generation << 32 | UInt64(count) << 16, ordering: .sequentiallyConsistent)
        let asleep = sleepers.load(ordering: .sequentiallyConsistent)
        if asleep > 0 {
          alarmTime.store(Self.now, ordering: .relaxed)
          published.withLock {
            // Where more sleep than may help, some are beyond the limit, and would take the signal for nothing.
            if asleep >= workers { return published.broadcast() }
            for _ in 0..<min(asleep, count - 1) { published.signal() }
          }
        }
        takeBlocks()
        awaitBlocks()
        job = nil
      }
    }
  }

  /// Claims and runs blocks of the current job until none is left, and returns the ticket that has none.
  @discardableResult
  private func takeBlocks() -> UInt64 {
    var seen = ticket.load(ordering: .acquiring)
    while seen & 0xFFFF < seen >> 16 & 0xFFFF {
      let (claimed, current) = ticket.weakCompareExchange(
        expected: seen, desired: seen &+ 1, successOrdering: .acquiring, failureOrdering: .acquiring)
      if claimed {
        job!.pointee(Int(seen & 0xFFFF))
        let left = unfinished.subtract(1, ordering: .sequentiallyConsistent).newValue
        if left == 0, callerSleeps.load(ordering: .sequentiallyConsistent) {
          finished.withLock { finished.signal() }
        }
        seen = ticket.load(ordering: .acquiring)
      } else {
        seen = current
      }
    }
    return seen
  }

  /// Waits for the blocks that workers run.
  private func awaitBlocks() {
    if spin(for: Self.finishSpin, until: { unfinished.load(ordering: .acquiring) == 0 }) { return }
    callerSleeps.store(true, ordering: .sequentiallyConsistent)
    finished.withLock {
      while unfinished.load(ordering: .sequentiallyConsistent) > 0 { finished.wait() }
    }
    callerSleeps.store(false, ordering: .relaxed)
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
    requestShortTurns()
    var turnEnd = Self.now + Self.turn
    var patience = Self.idleSpin
    while true {
      if index >= limit.load(ordering: .sequentiallyConsistent) {
        raised.withLock {
          while index >= limit.load(ordering: .sequentiallyConsistent) { raised.wait() }
        }
      }
      let seen = takeBlocks()
      let idleSince = Self.now
      if idleSince > turnEnd {
        sched_yield()
        turnEnd = Self.now + Self.turn
      }
      if spin(for: patience, until: { ticket.load(ordering: .relaxed) != seen }, unless: { isOnCallersCore }) {
        patience = Self.idleSpin
      } else {
        sleep(after: seen)
        leaveCore(callerCore.load(ordering: .relaxed))
        turnEnd = Self.now + Self.turn
        // Where operations are far apart, the spin would only keep the core from others.
        let isLong = alarmTime.load(ordering: .relaxed) > idleSince + 2 * Self.idleSpin
        patience = isLong ? max(patience / 2, Self.idleSpin / 16) : Self.idleSpin
      }
    }
  }

  /// Sleeps until the ticket differs from `seen`.
  private func sleep(after seen: UInt64) {
    published.withLock {
      sleepers.add(1, ordering: .sequentiallyConsistent)
      while ticket.load(ordering: .sequentiallyConsistent) == seen { published.wait() }
      sleepers.subtract(1, ordering: .sequentiallyConsistent)
    }
  }

  private var isOnCallersCore: Bool {
    let core = currentCore
    return core >= 0 && core == callerCore.load(ordering: .relaxed)
  }

  /// Spins until `isTrue`, and returns false if that takes more nanoseconds than `limit`, or if `isFutile`.
  @inline(__always)
  private func spin(for limit: UInt64, until isTrue: () -> Bool, unless isFutile: () -> Bool = { false }) -> Bool {
    var end: UInt64?
    while true {
      for _ in 0..<16 {
        if isTrue() { return true }
        strata_pause()
      }
      let now = Self.now
      if now > end ?? now + limit || isFutile() { return false }
      end = end ?? now + limit
    }
  }

  private static var now: UInt64 { DispatchTime.now().uptimeNanoseconds }
}
