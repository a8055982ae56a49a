import StrataTensor

/// L = mean of (y − t)² over all elements, or their sum.
///
/// - Shapes: output y and target t have the same shape; nothing is broadcast.
///
/// # Backward
/// dL/dy = 2(y − t) / N for the mean over N elements, 2(y − t) for the sum.
///
/// PyTorch's broadcasts: see the article "Differences from PyTorch".
public struct MeanSquaredError: Loss, ElementwiseLoss {
  /// How the losses of a batch become one number.
  public let reduction: Reduction

  /// A loss with this reduction.
  public init(reduction: Reduction = .mean) { self.reduction = reduction }

  package var element: (kernel: LossKernel, parameter: Double) { (.squaredError, 0) }
}
