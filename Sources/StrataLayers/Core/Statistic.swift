import StrataTensor

/// A tensor that a layer tracks but does not learn by gradient: a running mean. It changes through
/// ``Gradients/observe(_:for:momentum:)``, is saved with the model, and follows its precision.
public final class Statistic: TensorHolder {
  public let box: TensorBox

  /// What no element can be below.
  let minimum: Double

  /// A statistic that starts from `value`. A state with an element below `minimum` is not loaded: 0 for a variance.
  public init(_ value: Tensor, minimum: Double = -.infinity) {
    box = TensorBox(value)
    self.minimum = minimum
  }
}
