import CStrataKernels
import StrataTensor

/// L = mean of (y − t)² over all elements, or their sum.
///
/// - Shapes: output y and target t have the same shape; nothing is broadcast.
///
/// # Backward
/// dL/dy = 2(y − t) / N for the mean over N elements, 2(y − t) for the sum.
public struct MeanSquaredError: Loss {
  /// How the losses of a batch become one number.
  public let reduction: Reduction

  /// A loss that reduces a batch so.
  public init(reduction: Reduction = .mean) { self.reduction = reduction }

  public func evaluate(_ output: consuming Tensor, _ target: Tensor) -> (value: Double, gradient: Tensor) {
    elementwiseLoss(
      "MeanSquaredError", output, target, reduction,
      { strata_squared_error_f32($0, $1, $2, 2 * $3, $4) },
      { strata_squared_error_f64($0, $1, $2, 2 * $3, $4) })
  }

  public func divisor(of target: Tensor) -> Double { reduction.divisor(over: target.count) }
}
