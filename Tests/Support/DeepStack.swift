import Foundation
import StrataTensor

/// Runs `body` on a thread with a stack of 64 MiB, for what recurses as deep as Strata allows.
///
/// Threads of tests have half a MiB, of which the address sanitizer's frames take several times as much as others.
func onDeepStack(_ body: @escaping @Sendable () throws -> Void) throws {
  let end = DispatchSemaphore(value: 0)
  let failure = Lock<(any Error)?>(nil)
  let thread = Thread {
    do { try body() } catch { failure.withLock { $0 = error } }
    end.signal()
  }
  thread.stackSize = 64 << 20
  thread.start()
  end.wait()
  if let error = failure.withLock({ $0 }) { throw error }
}
