import StrataTensor
import Synchronization

/// The guarded memory of a ``TensorHolder``.
public final class TensorBox: Sendable {
  public let shape: Shape
  private let state: Lock<State>
  private let wantsDigest = Atomic(false)

  private struct State: Sendable {
    var value: Tensor
    var path: String?
    var version = 0
    /// The digest of the value, where it came with the last change or was asked for since.
    var digest: TensorDigest?
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
    updateWithDigest { value in
      body(&value)
      return nil
    }
  }

  /// Changes the value in place by a body that returns the digest of what it leaves, where it has that.
  package func updateWithDigest(_ body: (inout Tensor) -> TensorDigest?) {
    state.withLock { state in
      state.digest = nil
      state.digest = body(&state.value)
      wantsDigest.store(false, ordering: .relaxed)
      state.version += 1
    }
  }

  /// Whether the digest was asked for since the last change: who changes the value then makes it with the change where that
  /// is cheap, for it will be asked for again.
  package var isDigestWanted: Bool { wantsDigest.load(ordering: .relaxed) }

  /// The digest of the value, which is made once for each value.
  package var digest: TensorDigest {
    if let value = ModelSnapshot.value(of: self) { return value.digest }
    wantsDigest.store(true, ordering: .relaxed)
    return state.withLock { state in
      let digest = state.digest ?? state.value.digest
      state.digest = digest
      return digest
    }
  }
}
