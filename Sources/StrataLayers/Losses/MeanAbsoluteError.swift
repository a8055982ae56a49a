import StrataTensor

/// L = mean of |y − t| over all elements, or their sum.
///
/// - Shapes: output y and target t have the same shape; nothing is broadcast.
///
/// # Backward
/// dL/dy = sign(y − t) / N for the mean over N elements, sign(y − t) for the sum; at y = t the subgradient 0
/// is taken.
///
/// PyTorch's broadcasts, and its gradient at NaN is 0: see the article "Differences from PyTorch".
public struct MeanAbsoluteError: Loss, ElementwiseLoss {
  /// How the losses of a batch become one number.
  public let reduction: Reduction

  /// A loss with this reduction.
  public init(reduction: Reduction = .mean) { self.reduction = reduction }

  package var element: (kernel: LossKernel, parameter: Double) { (.absoluteError, 0) }
}
