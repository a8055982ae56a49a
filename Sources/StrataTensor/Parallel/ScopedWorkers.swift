import Synchronization

/// Numbers of workers that hold for one task, so that a check of several counts disturbs nothing that runs
/// beside it.
enum ScopedWorkers {
  @TaskLocal private static var count: Int?

  /// How many scopes are open in the process: an operation looks at the task's only where there is one.
  private static let openScopes = Atomic(0)

  @inline(__always)
  static var current: Int? { openScopes.load(ordering: .relaxed) > 0 ? count : nil }

  static func with<R>(_ count: Int, _ body: () throws -> R) rethrows -> R {
    openScopes.add(1, ordering: .relaxed)
    defer { openScopes.subtract(1, ordering: .relaxed) }
    return try $count.withValue(count, operation: body)
  }
}

/// Runs `body` as if ``Runtime/workers`` were `count`, in this task alone.
package func withWorkers<R>(_ count: Int, _ body: () throws -> R) rethrows -> R {
  try ScopedWorkers.with(count, body)
}
