import Synchronization

/// A value that holds in one task while a scope is open, so that what runs beside it is not disturbed.
///
/// To read a task-local value costs 20 ns, a count of the scopes that are open in the process next to nothing: the
/// task is asked only where there is one.
package struct TaskScoped<Value: Sendable>: ~Copyable, Sendable {
  private let value = TaskLocal<Value?>(wrappedValue: nil)
  private let openScopes = Atomic(0)

  package init() {}

  /// The value of the innermost scope that this task is in; nil outside all.
  @inline(__always)
  package var current: Value? { openScopes.load(ordering: .relaxed) > 0 ? value.get() : nil }

  /// Runs `body` in a scope of `value`.
  package borrowing func with<R>(_ value: Value, _ body: () throws -> R) rethrows -> R {
    openScopes.add(1, ordering: .relaxed)
    defer { openScopes.subtract(1, ordering: .relaxed) }
    return try self.value.withValue(value, operation: body)
  }

  /// Does the same for a body that may wait.
  package borrowing func with<R>(
    _ value: Value, isolation: isolated (any Actor)? = #isolation, _ body: () async throws -> R
  ) async rethrows -> R {
    openScopes.add(1, ordering: .relaxed)
    defer { openScopes.subtract(1, ordering: .relaxed) }
    return try await self.value.withValue(value, operation: body)
  }
}
