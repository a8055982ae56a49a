import StrataTensor

/// L = mean over all elements of d²/2 where |d| ≤ δ, else δ(|d| − δ/2), with d = y − t; or their sum.
///
/// A squared error near the target and an absolute one far from it, which outliers do not rule.
///
/// - Shapes: output y and target t have the same shape; nothing is broadcast.
///
/// # Backward
/// The two pieces meet at |d| = δ in value, δ²/2, and in slope: dL/dy = d moved into −δ…δ, divided by N
/// for the mean over N elements.
///
/// Huber, "Robust Estimation of a Location Parameter", 1964.
///
/// PyTorch's broadcasts: see the article "Differences from PyTorch".
public struct Huber: Loss, ElementwiseLoss {
  /// The error from which on the loss grows linearly; positive.
  public let delta: Double
  /// How the losses of a batch become one number.
  public let reduction: Reduction

  /// A loss that grows linearly beyond `delta`, which must be positive.
  public init(delta: Double = 1, reduction: Reduction = .mean) {
    requireOption("Huber: delta", delta, .positive)
    self.delta = delta
    self.reduction = reduction
  }

  package var element: (kernel: LossKernel, parameter: Double) { (.huber, delta) }
}
