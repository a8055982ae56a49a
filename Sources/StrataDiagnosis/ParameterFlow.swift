import StrataLayers
import StrataTensor

/// The gradient of one parameter on one batch.
public struct ParameterFlow: Sendable {
  /// Its path in the model.
  public let path: String

  /// How many axes it has: matrices have two, biases one.
  public let shape: Shape

  /// ‖w‖.
  public let norm: Double

  /// ‖dL/dw‖; 0 where no gradient arrived.
  public let gradientNorm: Double

  /// ‖Δw‖ of one step of the optimizer, where there was one.
  public let updateNorm: Double?

  /// σ²/B, the variance of the batch's gradient as an estimate, summed over its elements; nil where the batch is too
  /// small to tell.
  public let noise: Double?

  /// ‖Δw‖ / ‖w‖; nil without an optimizer, and for a parameter that is 0.
  ///
  /// About 1e-3 is usual: much more and the step overshoots, much less and nothing moves.
  public var updateRatio: Double? { norm > 0 ? updateNorm.map { $0 / norm } : nil }
}
