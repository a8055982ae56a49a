import StrataTensor
import Synchronization

/// Whether the running task differentiates inference: ``Module/inference(_:)`` of a module runs the modules in it in
/// inference too, whoever wrote them.
package enum Inference {
  @TaskLocal private static var isOpen = false

  /// How many such runs there are in the process: a child's forward looks at the task's only where there is one.
  private static let runs = Atomic(0)

  package static var isRunning: Bool { runs.load(ordering: .relaxed) > 0 && isOpen }

  /// Runs `body` with the modules in it in inference, or else in training.
  package static func running<R>(_ isInference: Bool = true, _ body: () throws -> R) rethrows -> R {
    if isInference == isRunning { return try body() }
    runs.add(1, ordering: .relaxed)
    defer { runs.subtract(1, ordering: .relaxed) }
    return try $isOpen.withValue(isInference, operation: body)
  }
}
