import StrataTensor

/// y = x − λ where x > λ, x + λ where x < −λ, else 0, elementwise.
///
/// - Shapes: any; y has the shape of x.
///
/// # Backward
/// dx = dy where y ≠ 0, else 0.
/// The cache is y, which the next layer caches too, so it takes no additional memory.
public struct Softshrink: Layer, Activation {
  /// λ, by which numbers are drawn to 0.
  public let lambda: Double

  public let function: ActivationFunction

  /// Creates the layer.
  public init(lambda: Double = 0.5) {
    requireOption("Softshrink: lambda", lambda, .notNegative)
    self.lambda = lambda
    function = ActivationFunction(.softshrink, lambda, keeping: .output)
  }

  public var description: String { "Softshrink(lambda: \(lambda))" }
}
