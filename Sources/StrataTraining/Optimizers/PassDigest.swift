import StrataTensor

/// Collects the digest of the values that an update pass writes, part by part, while they are in a cache.
final class PassDigest: Sendable {
  /// The collector of the step that the task makes.
  static let scope = TaskScoped<PassDigest>()

  private struct State {
    var digest = TensorDigest()
    /// The number of the storage that the last pass has written.
    var storage: Int?
    var passes = 0
  }

  private let state = Lock(State())

  /// Notes that a pass over all elements of a tensor begins.
  func begin(_ tensor: Tensor) {
    state.withLock { $0 = State(storage: tensor.storage.number, passes: $0.passes + 1) }
  }

  /// Adds the digest of a part of the tensor.
  func add(_ part: TensorDigest) { state.withLock { $0.digest.sums &+= part.sums } }

  /// Returns the digest of a tensor where a single pass since the last call has written it; else nil.
  func take(of tensor: Tensor) -> TensorDigest? {
    state.withLock { state in
      defer { state = State() }
      return state.passes == 1 && state.storage == tensor.storage.number ? state.digest : nil
    }
  }
}
