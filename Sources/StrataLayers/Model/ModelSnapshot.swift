import StrataTensor

/// A model's numbers between two steps, for answers while it trains.
///
/// A step moves one parameter after the other, so a model that is asked meanwhile, on another thread, answers with some
/// parameters of before the step and some of after it. In a snapshot all are of one moment:
///
/// ```swift
/// let snapshot = model.snapshot()
/// let answer = snapshot.run { model(x) }
/// ```
///
/// Nothing is copied: a snapshot shares memory with the parameters until the next step, which writes to fresh memory
/// once. Take one for many answers, as the walk that finds the parameters takes longer than a small model does.
public struct ModelSnapshot: Sendable {
  /// The model's state then, as `Module.state` gives it.
  public let state: [String: Tensor]

  private let values: Values

  /// The value of each holder, which lives as long.
  private struct Values: Sendable {
    let boxes: [TensorBox]
    let tensors: [ObjectIdentifier: Tensor]
  }

  private static let scope = TaskScoped<Values>()

  /// Shared by whoever changes several holders that belong together.
  package static let changes = SharedLock()

  fileprivate init(of model: some Module) {
    let contents = ModelContents(of: model)
    let boxes = contents.boxes
    (state, values) = Self.changes.hold {
      let tensors = boxes.map { (ObjectIdentifier($0), $0.value) }
      return (contents.state, Values(boxes: boxes, tensors: Dictionary(uniqueKeysWithValues: tensors)))
    }
  }

  /// Runs `body`, in which the model infers with the numbers of the snapshot; other tasks and threads do not notice.
  public func run<R>(_ body: () throws -> R) rethrows -> R { try Self.scope.with(values, body) }

  /// Does the same for a body that may wait.
  public func run<R>(
    isolation: isolated (any Actor)? = #isolation, _ body: () async throws -> R
  ) async rethrows -> R {
    try await Self.scope.with(values, isolation: isolation, body)
  }

  /// Runs `body`, in which a holder has another value; other tasks and threads do not notice.
  static func replacing<R>(_ box: TensorBox, by value: Tensor, _ body: () throws -> R) rethrows -> R {
    let outer = scope.current
    let tensors = (outer?.tensors ?? [:]).merging([ObjectIdentifier(box): value]) { $1 }
    return try scope.with(Values(boxes: (outer?.boxes ?? []) + [box], tensors: tensors), body)
  }

  /// The value of a holder in the snapshot that the running task is in; nil outside.
  @inline(__always)
  static func value(of box: TensorBox) -> Tensor? { scope.current?.tensors[ObjectIdentifier(box)] }
}

extension Module {
  /// Returns the model's numbers of this moment, when no step and no `load` is half done: it waits for the end of one.
  public func snapshot() -> ModelSnapshot { ModelSnapshot(of: self) }
}
