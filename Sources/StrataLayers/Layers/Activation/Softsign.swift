import StrataTensor

/// y = x / (1 + |x|), elementwise.
///
/// - Shapes: any; y has the shape of x.
///
/// # Backward
/// dx = dy / (1 + |x|)². The cache is x: near ±1 y has too few digits for the slope.
public struct Softsign: Layer, Activation {
  public let function = ActivationFunction(.softsign, keeping: .input)

  /// Creates the layer.
  public init() {}
}
