import StrataTensor

/// y = σ(x) = 1 / (1 + e⁻ˣ), elementwise.
///
/// - Shapes: any; y has the shape of x.
///
/// # Backward
/// σ' = σ(1 − σ), so dx = dy · y(1 − y).
/// The cache is y, which the next layer keeps as well: no memory of its own.
public struct Sigmoid: Layer, Activation {
  /// A layer without options.
  public init() {}

  public var function: ActivationFunction { Self.sigmoid }
  private static let sigmoid = ActivationFunction(.sigmoid, keeping: .output)

  public var description: String { "Sigmoid()" }
}
