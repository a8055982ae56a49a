import CStrataKernels
import StrataTensor

/// L = mean of |y − t| over all elements, or their sum.
///
/// - Shapes: output y and target t have the same shape; nothing is broadcast.
///
/// # Backward
/// dL/dy = sign(y − t) / N for the mean over N elements, sign(y − t) for the sum; at y = t the subgradient 0
/// is taken.
public struct MeanAbsoluteError: Loss {
  /// How the losses of a batch become one number.
  public let reduction: Reduction

  /// A loss that reduces a batch so.
  public init(reduction: Reduction = .mean) { self.reduction = reduction }

  public func evaluate(_ output: consuming Tensor, _ target: Tensor) -> (value: Double, gradient: Tensor) {
    elementwiseLoss(
      "MeanAbsoluteError", output, target, reduction, strata_absolute_error_f32, strata_absolute_error_f64)
  }

  public func divisor(of target: Tensor) -> Double { reduction.divisor(over: target.count) }
}
