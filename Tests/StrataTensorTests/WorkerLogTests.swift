import Foundation
import StrataTensor
import Testing

@Suite(.seeded) struct WorkerLogTests {
  private func threads(workers: Int, blocks: Int) -> Int {
    WorkerLog.sharing(workers: workers) { parallel(over: blocks, grain: 1) { _ in } }.threads
  }

  @Test func `two threads share an operation of two blocks, however short`() {
    for _ in 0..<100 { #expect(threads(workers: 2, blocks: 2) == 2) }
  }

  @Test func `two threads share the work after more did`() async {
    await #expect(processExitsWith: .success) {
      func threads(workers: Int) -> Int {
        WorkerLog.sharing(workers: workers) { parallel(over: workers, grain: 1) { _ in } }.threads
      }
      let start = ContinuousClock.now
      for _ in 0..<3 {
        #expect((2...8).contains(threads(workers: 8)))
        usleep(50_000)  // all of them go to sleep
        #expect(threads(workers: 2) == 2)
      }
      #expect(ContinuousClock.now - start < .seconds(8))  // no thread came too late
    }
  }

  @Test func `no more threads are noted than there are workers`() {
    #expect((2...3).contains(threads(workers: 3, blocks: 50)))
  }

  @Test func `a single worker is one thread`() {
    #expect(threads(workers: 1, blocks: 50) == 1)
  }

  @Test func `one block is no work to share`() {
    #expect(threads(workers: 8, blocks: 1) == 0)
  }

  @Test func `an operation inside a block is its thread's alone`() {
    let (_, threads) = WorkerLog.sharing(workers: 2) {
      parallel(over: 2, grain: 1) { _ in parallel(over: 3, grain: 1) { _ in } }
    }
    #expect(threads == 2)
  }

  /// In its own process, where nobody else takes the pool.
  @Test func `work that found the pool taken is done again until it is free`() async {
    await #expect(processExitsWith: .success) {
      let isHeld = Lock(false)
      let isTried = Lock(false)
      Thread.detachNewThread {
        withWorkers(2) {
          parallel(over: 2, grain: 1) { _ in
            isHeld.withLock { $0 = true }
            while !isTried.withLock({ $0 }) { usleep(100) }
          }
        }
      }
      while !isHeld.withLock({ $0 }) { usleep(100) }
      var runs = 0
      let (_, threads) = WorkerLog.sharing(workers: 2) {
        runs += 1
        parallel(over: 2, grain: 1) { _ in }
        isTried.withLock { $0 = true }
      }
      #expect(threads == 2 && runs > 1)
    }
  }
}
