import Foundation
import StrataTensor

/// Reads spilled storages back on another thread.
final class Prefetch: Sendable {
  private let storages: Lock<[Storage]>

  init(_ storages: [Storage]) {
    self.storages = Lock(storages)
    DispatchQueue.global().async {
      self.storages.withLock { storages in
        for storage in storages { storage.fetch() }
        storages = []
      }
    }
  }

  /// Waits until what has been begun is done; what has not will not be. Nothing is held afterwards, so that no more
  /// memory is alive than was asked for, however late the other thread is.
  func finish() { storages.withLock { $0 = [] } }
}
