import StrataTensor

/// A tensor that a layer tracks but does not learn by gradient: a running mean. It changes through
/// ``Gradients/observe(_:for:momentum:)``, is saved with the model, and follows its precision.
public final class Statistic: TensorHolder {
  public let box: TensorBox

  /// A statistic that starts from `value`.
  public init(_ value: Tensor) { box = TensorBox(value) }
}
