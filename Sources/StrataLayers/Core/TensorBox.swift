import StrataTensor

/// The guarded memory of a ``TensorHolder``.
public final class TensorBox: Sendable {
  public let shape: Shape
  private let state: Lock<State>

  private struct State: Sendable {
    var value: Tensor
    var path: String?
    var version = 0
  }

  init(_ value: Tensor) {
    shape = value.shape
    state = Lock(State(value: value))
  }

  /// The value now, or in the snapshot that the running task is in.
  package var value: Tensor { ModelSnapshot.value(of: self) ?? state.withLock { $0.value } }
  package var dtype: DType { ModelSnapshot.value(of: self)?.dtype ?? state.withLock { $0.value.dtype } }

  /// How often the value has been changed: who reads it twice can tell whether it is still the same.
  package var version: Int { state.withLock { $0.version } }

  var path: String? {
    get { state.withLock { $0.path } }
    set { state.withLock { $0.path = newValue } }
  }

  /// Changes the value in place.
  package func update(_ body: (inout Tensor) -> Void) {
    state.withLock { state in
      body(&state.value)
      state.version += 1
    }
  }
}
