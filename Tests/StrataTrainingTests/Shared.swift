import StrataTensor

/// A value that copies of a callback or of a source have in common.
final class Shared<Value: Sendable>: Sendable {
  private let lock: Lock<Value>

  init(_ value: Value) { lock = Lock(value) }

  var value: Value { lock.withLock { $0 } }

  /// Changes the value while no other thread does: to read it and to set it would be two steps.
  func update(_ change: (inout Value) -> Void) { lock.withLock { change(&$0) } }
}
