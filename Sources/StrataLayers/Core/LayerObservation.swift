import StrataTensor

/// Who observes the layers that this task runs.
package enum LayerObservation {
  private static let scope = TaskScoped<any LayerObserver>()

  static var observer: (any LayerObserver)? { scope.current }

  /// The observer where it reads tensors: for what a layer works out for it alone.
  static var reader: (any LayerObserver)? { observer.flatMap { $0.readsTensors ? $0 : nil } }

  /// Runs `body` with an observer of all layers in it.
  package static func by<R>(_ observer: any LayerObserver, _ body: () throws -> R) rethrows -> R {
    try scope.with(observer, body)
  }
}
