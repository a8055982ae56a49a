import StrataTensor

/// L = mean over all elements of log cosh(y − t), or their sum.
///
/// About d²/2 near the target and |d| − log 2 far from it, with every derivative continuous.
///
/// - Shapes: output y and target t have the same shape; nothing is broadcast.
///
/// # Backward
/// dL/dy = tanh(y − t), divided by N for the mean over N elements.
public struct LogCosh: Loss, ElementwiseLoss {
  /// How the losses of a batch become one number.
  public let reduction: Reduction

  /// A loss with this reduction.
  public init(reduction: Reduction = .mean) { self.reduction = reduction }

  package var element: (kernel: LossKernel, parameter: Double) { (.logCosh, 0) }
}
