import StrataTensor
import Testing

@Suite(.seeded) struct LockTests {
  @Test func `no increment is lost among tasks`() async {
    let count = SharedCount()
    await withTaskGroup(of: Void.self) { group in
      for _ in 0..<8 {
        group.addTask { for _ in 0..<5_000 { count.number.withLock { $0 += 1 } } }
      }
    }
    #expect(count.number.withLock { $0 } == 40_000)
  }

  @Test func `what the body throws goes on, and the lock is free again`() {
    let count = SharedCount()
    #expect(throws: Refusal.self) {
      try count.number.withLock { number in
        number = 7
        throw Refusal()
      }
    }
    #expect(count.number.withLock { $0 } == 7)
  }

  @Test func `what it holds goes with it`() {
    weak var held: SharedCount?
    do {
      let count = SharedCount()
      held = count
      let lock = Lock(count)
      #expect(lock.withLock { $0 === held })
    }
    #expect(held == nil)
  }

  private struct Refusal: Error {}

  private final class SharedCount: Sendable {
    let number = Lock(0)
  }
}
