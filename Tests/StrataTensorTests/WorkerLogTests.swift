import StrataTensor
import Testing

@Suite struct WorkerLogTests {
  /// Threads that took part in an operation of some blocks, once the pool was free for it.
  private func threads(workers: Int, blocks: Int) -> Int {
    while true {
      let (_, log) = WorkerLog.recording { withWorkers(workers) { parallel(over: blocks, grain: 1) { _ in } } }
      if log.threadCount != 1 || !log.hasMetBusyPool { return log.threadCount }
    }
  }

  @Test func `two threads share an operation of two blocks, however short`() {
    for _ in 0..<100 { #expect(threads(workers: 2, blocks: 2) == 2) }
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

  @Test func `a call inside a block is its thread's alone, and stops nobody`() {
    let (_, log) = WorkerLog.recording {
      withWorkers(2) {
        parallel(over: 2, grain: 1) { _ in parallel(over: 3, grain: 1) { _ in } }
      }
    }
    #expect((1...2).contains(log.threadCount))
  }

  @Test func `a pool at work for another thread is noted`() async {
    await #expect(processExitsWith: .success) {
      withWorkers(2) {
        parallel(over: 2, grain: 1) { _ in
          let (_, log) = WorkerLog.recording { withWorkers(2) { parallel(over: 2, grain: 1) { _ in } } }
          #expect(log.hasMetBusyPool && log.threadCount == 1)
        }
      }
    }
  }
}
