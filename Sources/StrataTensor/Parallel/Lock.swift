import Foundation

/// A value that one thread at a time may touch.
///
/// A mutex of POSIX, not the standard library's `Mutex`: on Linux that one waits on a futex from code which the
/// thread sanitizer does not see, so that it reports a race wherever a mutex did its work.
///
/// `@unchecked Sendable`: `state` is touched only by a thread that holds `mutex`.
package struct Lock<State: Sendable>: ~Copyable, @unchecked Sendable {
  @usableFromInline let mutex: UnsafeMutablePointer<pthread_mutex_t>
  @usableFromInline let state: UnsafeMutablePointer<State>

  package init(_ initial: State) {
    mutex = .allocate(capacity: 1)
    mutex.initialize(to: pthread_mutex_t())
    pthread_mutex_init(mutex, nil)
    state = .allocate(capacity: 1)
    state.initialize(to: initial)
  }

  deinit {
    pthread_mutex_destroy(mutex)
    mutex.deallocate()
    state.deinitialize(count: 1)
    state.deallocate()
  }

  /// Runs `body` on the value while no other thread can.
  @inlinable
  package func withLock<R>(_ body: (inout State) throws -> R) rethrows -> R {
    pthread_mutex_lock(mutex)
    defer { pthread_mutex_unlock(mutex) }
    return try body(&state.pointee)
  }
}
