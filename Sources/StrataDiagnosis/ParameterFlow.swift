import StrataLayers
import StrataTensor

/// The gradient of one parameter on one batch.
public struct ParameterFlow: Sendable {
  /// The parameter's path in the model.
  public let path: String

  /// The number of axes: two for a matrix, one for a bias.
  public let shape: Shape

  /// ‖w‖.
  public let norm: Double

  /// ‖dL/dw‖; 0 if no gradient arrived.
  public let gradientNorm: Double

  /// ‖Δw‖ of one step of the optimizer; nil without an optimizer.
  public let updateNorm: Double?

  /// σ²/B, the variance of the batch's gradient as an estimate, summed over its elements; nil if the batch is too
  /// small.
  public let noise: Double?

  /// ‖Δw‖ / ‖w‖; nil without an optimizer or if the parameter is 0.
  ///
  /// About 1e-3 is usual: a much larger step overshoots, a much smaller one changes nothing.
  public var updateRatio: Double? { norm > 0 ? updateNorm.map { $0 / norm } : nil }
}
