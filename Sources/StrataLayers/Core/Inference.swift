import StrataTensor

/// Whether the running task differentiates inference: ``Module/inference(_:)`` of a module runs the modules in it in
/// inference too, whoever wrote them.
package enum Inference {
  private static let scope = TaskScoped<Bool>()

  package static var isRunning: Bool { scope.current == true }

  /// Runs `body` with the modules in it in inference, or else in training.
  package static func running<R>(_ isInference: Bool = true, _ body: () throws -> R) rethrows -> R {
    isInference == isRunning ? try body() : try scope.with(isInference, body)
  }
}
