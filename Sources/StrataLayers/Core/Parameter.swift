import StrataTensor

/// A tensor that training learns, with identity: two layers that hold the same parameter are tied, and
/// the gradients of both add up.
///
/// A layer holds its parameters in stored properties; a walk over the model finds them and names each by
/// its path, such as `0.weight`.
public final class Parameter: TensorHolder {
  public let box: TensorBox

  /// A parameter that starts from `value`.
  public init(_ value: Tensor) {
    require(value.dtype.isFloatingPoint, "Parameter: an int32 tensor cannot be learnt; use a Constant")
    box = TensorBox(value)
  }

  /// A `float32` parameter with every element the same.
  public convenience init(_ shape: Shape, initialValue: Double) {
    self.init(Tensor(repeating: initialValue, shape: shape))
  }
}
