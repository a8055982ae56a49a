import StrataTensor

/// A tensor that a layer holds and that cannot be set: it is not saved, but follows the model's precision.
public final class Constant: TensorHolder {
  public let box: TensorBox

  /// A constant of this value.
  public init(_ value: Tensor) { box = TensorBox(value) }
}
