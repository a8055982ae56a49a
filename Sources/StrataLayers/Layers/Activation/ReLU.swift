import StrataTensor

/// y = max(x, 0), elementwise.
///
/// - Shapes: any; y has the shape of x.
///
/// # Backward
/// dx = dy where y > 0, else 0; at x = 0 the subgradient 0 is taken. A NaN in x comes out as NaN.
/// The cache is y, which the next layer caches too, so it takes no additional memory.
public struct ReLU: Layer, Activation {
  /// Creates the layer.
  public init() {}

  public var function: ActivationFunction { Self.relu }
  private static let relu = ActivationFunction(.relu, keeping: .output)

  public var description: String { "ReLU()" }
}
