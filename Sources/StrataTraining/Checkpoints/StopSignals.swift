import Foundation
import StrataTensor
import Synchronization

/// SIGINT and SIGTERM while a training watches for them: the first is noted, the second ends the program as usual.
final class StopSignals: Sendable {
  static let shared = StopSignals()

  /// How many trainings watch.
  private let watchers = Lock(0)

  /// The signal that has come; nil for none.
  var received: Int32? {
    let signal = receivedSignal.load(ordering: .relaxed)
    return signal == 0 ? nil : signal
  }

  func watch() {
    watchers.withLock { count in
      count += 1
      if count > 1 { return }
      receivedSignal.store(0, ordering: .relaxed)
      for number in [SIGINT, SIGTERM] {
        signal(number) { number in
          // What a handler may do: store a number, and set what the next signal does.
          receivedSignal.store(number, ordering: .relaxed)
          signal(SIGINT, SIG_DFL)
          signal(SIGTERM, SIG_DFL)
        }
      }
    }
  }

  func unwatch() {
    watchers.withLock { count in
      count = max(0, count - 1)
      if count == 0 { for number in [SIGINT, SIGTERM] { signal(number, SIG_DFL) } }
    }
  }
}

/// A global, since a handler of the system's cannot hold anything.
private let receivedSignal = Atomic<Int32>(0)
