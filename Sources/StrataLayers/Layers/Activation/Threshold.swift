import StrataTensor

/// y = x where x > θ, else a number v, elementwise.
///
/// - Shapes: any; y has the shape of x.
///
/// # Backward
/// dx = dy where x > θ, else 0. The cache is x.
public struct Threshold: Layer, Activation {
  /// θ, above which numbers stay.
  public let threshold: Double
  /// v, which the others become.
  public let value: Double

  public let function: ActivationFunction

  /// Creates the layer.
  public init(_ threshold: Double, value: Double) {
    requireOption("Threshold: the threshold", threshold, .finite)
    requireOption("Threshold: value", value, .finite)
    (self.threshold, self.value) = (threshold, value)
    function = ActivationFunction(keeping: .input) { x in
      let isBelow = (copy x) .<= threshold
      return x.replacing(with: value, where: isBelow)
    } pullback: { dy, x in
      dy.replacing(with: 0, where: x .<= threshold)
    }
  }

  public var description: String { "Threshold(\(threshold), value: \(value))" }
}
