import StrataTensor

/// y = x where x > 0, else α(e^(x/α) − 1), elementwise: ``ELU`` whose slope has no jump at 0 for any α.
///
/// - Shapes: any; y has the shape of x.
///
/// # Backward
/// Below 0, dy/dx = e^(x/α) = y/α + 1, so dx = dy where y > 0, else dy · (y/α + 1).
/// The cache is y, which the next layer caches too, so it takes no additional memory.
///
/// Barron, "Continuously Differentiable Exponential Linear Units", 2017.
public struct CELU: Layer, Activation {
  /// α, the depth of the floor.
  public let alpha: Double

  public let function: ActivationFunction

  /// Creates the layer.
  public init(alpha: Double = 1) {
    requireOption("CELU: alpha", alpha, .positive)
    self.alpha = alpha
    function = ActivationFunction(.celu, alpha, keeping: .output)
  }

  public var description: String { "CELU(alpha: \(alpha))" }
}
