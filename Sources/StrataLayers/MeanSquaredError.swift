import CStrataKernels
import StrataTensor

/// L = mean of (y − t)² over all elements, or their sum.
///
/// - Shapes: output and target have the same shape; nothing is broadcast.
///
/// # Backward
/// dL/dy = 2(y − t) / N for the mean over N elements, 2(y − t) for the sum.
public struct MeanSquaredError: Loss {
  public let reduction: Reduction

  public init(reduction: Reduction = .mean) { self.reduction = reduction }

  public func evaluate(
    _ output: consuming Tensor, _ target: Tensor
  ) -> (value: Double, gradient: Tensor) {
    let (shape, dtype, count) = (output.shape, output.dtype, output.count)
    require(
      shape == target.shape && dtype == target.dtype,
      "MeanSquaredError: an output of shape \(shape) (\(dtype)) needs a target of the same, "
        + "not \(target.shape) (\(target.dtype)); reshape one, nothing is broadcast")
    require(count > 0, "MeanSquaredError: the output has no elements, shape \(shape)")
    let scale = reduction == .mean ? 1 / Double(count) : 1
    var total = 0.0
    switch dtype {
    case .float32:
      output.overwrite { y, dy in
        total = strata_squared_error_f32(
          count, y.pointer(Float.self), target.pointer(Float.self), Float(2 * scale),
          dy.mutablePointer(Float.self))
      }
    case .float64:
      output.overwrite { y, dy in
        total = strata_squared_error_f64(
          count, y.pointer(Double.self), target.pointer(Double.self), 2 * scale,
          dy.mutablePointer(Double.self))
      }
    case .int32: refuseIntegers("MeanSquaredError")
    }
    return (total * scale, output)
  }
}
