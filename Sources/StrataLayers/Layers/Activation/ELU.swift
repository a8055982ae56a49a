import StrataTensor

/// y = x where x > 0, else α(eˣ − 1), elementwise: ReLU with a smooth floor at −α.
///
/// - Shapes: any; y has the shape of x.
///
/// # Backward
/// Below 0, dy/dx = αeˣ = y + α, so dx = dy where y > 0, else dy · (y + α).
/// The cache is y, which the next layer caches too, so it takes no additional memory.
///
/// Clevert, Unterthiner and Hochreiter, "Fast and Accurate Deep Network Learning by Exponential Linear Units
/// (ELUs)", 2015.
public struct ELU: Layer, Activation {
  /// α, the depth of the floor.
  public let alpha: Double

  public let function: ActivationFunction

  public init(alpha: Double = 1) {
    require(
      alpha >= 0 && alpha.isFinite,
      "ELU(alpha: \(alpha)): α must be finite and not negative, for y must tell the sign of x")
    self.alpha = alpha
    function = ActivationFunction(.elu, alpha, keeping: .output)
  }

  public var description: String { "ELU(alpha: \(alpha))" }
}
