import StrataTensor

/// A tensor with identity: what ``Parameter``, ``Statistic`` and ``Constant`` have in common.
public protocol TensorHolder: AnyObject, Sendable {
  var box: TensorBox { get }
}

extension TensorHolder {
  /// The tensor held now; a snapshot that later changes do not touch.
  public var value: Tensor { box.value }

  func set(_ value: Tensor) {
    let (shape, dtype) = (box.shape, box.dtype)
    require(
      value.shape == shape && value.dtype == dtype,
      "\(name): holds \(dtype) of shape \(shape), not \(value.dtype) of \(value.shape)")
    box.update { $0 = value }
  }

  public var shape: Shape { box.shape }
  public var dtype: DType { box.dtype }

  /// The path in the model, once an optimizer has been made for the model; for messages.
  public internal(set) var path: String? {
    get { box.path }
    set { box.path = newValue }
  }

  /// The path, or what is known of a holder that no optimizer has found.
  public var name: String { path ?? "a \(Self.self) of shape \(shape)" }
}

extension Parameter {
  /// The tensor held now; a snapshot that later changes do not touch.
  public var value: Tensor {
    get { box.value }
    set { set(newValue) }
  }
}

extension Statistic {
  /// The tensor held now; a snapshot that later changes do not touch.
  public var value: Tensor {
    get { box.value }
    set { set(newValue) }
  }
}
