import StrataTensor

/// A tensor with identity: what ``Parameter``, ``Statistic`` and ``Constant`` have in common.
public protocol TensorHolder: AnyObject, Sendable {
  var cell: TensorCell { get }
}

extension TensorHolder {
  /// The tensor held now; a snapshot that later changes do not touch.
  public var value: Tensor {
    get { cell.value }
    set {
      let (shape, dtype) = (cell.shape, cell.dtype)
      require(
        newValue.shape == shape && newValue.dtype == dtype,
        "\(name): holds \(dtype) of shape \(shape), not \(newValue.dtype) of \(newValue.shape)")
      cell.update { $0 = newValue }
    }
  }

  public var shape: Shape { cell.shape }
  public var dtype: DType { cell.dtype }

  /// The path in the model, once an optimizer has been made for the model; for messages.
  public internal(set) var path: String? {
    get { cell.path }
    set { cell.path = newValue }
  }

  /// The path, or what is known of a holder that no optimizer has found.
  public var name: String { path ?? "a \(Self.self) of shape \(shape) outside any known model" }
}

/// The guarded memory of a ``TensorHolder``.
public final class TensorCell: Sendable {
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

  package var value: Tensor { state.withLock { $0.value } }
  package var dtype: DType { state.withLock { $0.value.dtype } }

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
