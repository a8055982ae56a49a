import StrataTensor

/// A bound of weights, which an optimizer enforces after each of its steps: the limit of a ``ParameterGroup``.
///
/// ```swift
/// RMSProp(for: critic, groups: [ParameterGroup("*", weightLimit: .value(0.01))])
/// SGD(for: model, learningRate: 0.1, groups: [ParameterGroup("*.weight", weightLimit: .norm(3))])
/// ```
///
/// Arjovsky, Chintala and Bottou, "Wasserstein GAN", 2017, for values; Srebro and Shraibman, "Rank, Trace-Norm and
/// Max-Norm", 2005, and Hinton and others, "Improving Neural Networks by Preventing Co-Adaptation of Feature
/// Detectors", 2012, for norms.
public struct WeightLimit: Sendable {
  private enum Bound {
    case value
    case norm([Int])
  }

  private let bound: Bound
  private let limit: Double

  /// Every weight lies in −limit…limit.
  public static func value(_ limit: Double) -> WeightLimit { WeightLimit(.value, limit) }

  /// Weights whose norm ‖w‖ along some axes is above a limit are scaled down to it: w ← w limit / ‖w‖.
  ///
  /// - Parameters:
  ///   - limit: The largest norm.
  ///   - axes: Those along which the norm is taken: by default the first, so that the weights [in, out] of a `Linear`
  ///     are limited for each output; [1, 2, 3] for a convolution's, [1] for the rows of an `Embedding`.
  public static func norm(_ limit: Double, along axes: [Int] = [0]) -> WeightLimit { WeightLimit(.norm(axes), limit) }

  private init(_ bound: Bound, _ limit: Double) {
    require(limit > 0 && limit.isFinite, "WeightLimit: the limit must be positive and finite, not \(limit)")
    (self.bound, self.limit) = (bound, limit)
  }

  /// Returns weights within the limit.
  public func limited(_ weights: Tensor) -> Tensor {
    switch bound {
    case .value: return weights.clipped(to: -limit...limit)
    case .norm(let axes):
      let norms = sqrt((weights * weights).sum(along: axes, keepingAxes: true))
      return weights * (limit / maximum(norms, Tensor(repeating: limit, shape: [], dtype: norms.dtype)))
    }
  }
}
