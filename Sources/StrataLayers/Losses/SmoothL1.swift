import StrataTensor

/// L = mean over all elements of d²/2β where |d| < β, else |d| − β/2, with d = y − t; or their sum.
///
/// It is ``Huber`` with δ = β, divided by β, so that far from the target the slope is ±1 whatever β is. β = 0 gives
/// ``MeanAbsoluteError``.
///
/// - Shapes: output y and target t have the same shape; nothing is broadcast.
///
/// # Backward
/// dL/dy = d/β where |d| < β, else sign(d), divided by N for the mean over N elements.
///
/// Girshick, "Fast R-CNN", 2015.
public struct SmoothL1: Loss, ElementwiseLoss {
  /// β: the error below which the loss is a parabola; not negative.
  public let beta: Double
  /// How the losses of a batch become one number.
  public let reduction: Reduction

  /// A loss that is a parabola for errors below `beta`.
  public init(beta: Double = 1, reduction: Reduction = .mean) {
    requireOption("SmoothL1: beta", beta, .notNegative)
    self.beta = beta
    self.reduction = reduction
  }

  package var element: (kernel: LossKernel, parameter: Double) { (.smoothL1, beta) }
}
