import StrataTensor

/// y = min(max(x, 0), 6), elementwise.
///
/// - Shapes: any; y has the shape of x.
///
/// # Backward
/// dx = dy where 0 < y < 6, else 0.
/// The cache is y, which the next layer caches too, so it takes no additional memory.
public struct ReLU6: Layer, Activation {
  public let function = ActivationFunction.clipping(to: 0...6)

  /// Creates the layer.
  public init() {}
}
