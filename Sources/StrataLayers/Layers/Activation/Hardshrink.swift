import StrataTensor

/// y = x where |x| > λ, else 0, elementwise.
///
/// - Shapes: any; y has the shape of x.
///
/// # Backward
/// dx = dy where y ≠ 0, else 0.
/// The cache is y, which the next layer caches too, so it takes no additional memory.
public struct Hardshrink: Layer, Activation {
  /// λ, the largest magnitude that becomes 0.
  public let lambda: Double

  public let function: ActivationFunction

  /// Creates the layer.
  public init(lambda: Double = 0.5) {
    requireOption("Hardshrink: lambda", lambda, .notNegative)
    self.lambda = lambda
    function = ActivationFunction(.hardshrink, lambda, keeping: .output)
  }

  public var description: String { "Hardshrink(lambda: \(lambda))" }
}
