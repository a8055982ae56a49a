import StrataTensor

/// y = σ(x) = 1 / (1 + e⁻ˣ), elementwise.
///
/// - Shapes: any; y has the shape of x.
///
/// # Backward
/// σ' = σ(1 − σ), so dx = dy · y(1 − y).
/// The cache is y, which the next layer caches too, so it takes no additional memory.
public struct Sigmoid: Layer, Activation {
  /// Creates the layer.
  public init() {}

  public var function: ActivationFunction { Self.sigmoid }
  private static let sigmoid = ActivationFunction(.sigmoid, keeping: .output)

  public var description: String { "Sigmoid()" }
}
