import StrataTensor

/// y = tanh(x), elementwise.
///
/// - Shapes: any; y has the shape of x.
///
/// # Backward
/// tanh' = 1 − tanh², so dx = dy · (1 − y²).
/// The cache is y, which the next layer caches too, so it takes no additional memory.
public struct Tanh: Layer, Activation {
  /// Creates the layer.
  public init() {}

  public var function: ActivationFunction { Self.tanh }
  private static let tanh = ActivationFunction(.tanh, keeping: .output)

  public var description: String { "Tanh()" }
}
