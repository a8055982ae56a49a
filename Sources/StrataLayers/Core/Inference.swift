import StrataTensor
import Synchronization

/// Whether the running task differentiates inference: ``Module/inference(_:)`` of a module runs the modules in it in
/// inference too, whoever wrote them.
enum Inference {
  @TaskLocal private static var isOpen = false

  /// How many such runs there are in the process: a child's forward looks at the task's only where there is one.
  private static let runs = Atomic(0)

  static var isRunning: Bool { runs.load(ordering: .relaxed) > 0 && isOpen }

  static func running<R>(_ body: () -> R) -> R {
    runs.add(1, ordering: .relaxed)
    defer { runs.subtract(1, ordering: .relaxed) }
    return $isOpen.withValue(true, operation: body)
  }
}
