import StrataTensor

/// L = mean over all elements of max(q (t − y), (q − 1)(t − y)), or their sum: the pinball loss.
///
/// It is smallest where a share q of the targets lies below y: 0.5 gives half of ``MeanAbsoluteError``, 0.1 and 0.9 an
/// interval in which four of five lie.
///
/// - Shapes: output y and target t have the same shape; nothing is broadcast.
///
/// # Backward
/// dL/dy = −q where y < t, 1 − q where y > t, and 0 at y = t, divided by N for the mean over N elements.
///
/// Koenker and Bassett, "Regression Quantiles", 1978.
public struct QuantileLoss: Loss, ElementwiseLoss {
  /// q, between 0 and 1.
  public let quantile: Double
  /// How the losses of a batch become one number.
  public let reduction: Reduction

  /// The loss of this quantile.
  public init(_ quantile: Double, reduction: Reduction = .mean) {
    require(
      quantile > 0 && quantile < 1, "QuantileLoss(\(quantile)): the quantile lies between 0 and 1, such as 0.9")
    self.quantile = quantile
    self.reduction = reduction
  }

  package var element: (kernel: LossKernel, parameter: Double) { (.quantile, quantile) }
}
