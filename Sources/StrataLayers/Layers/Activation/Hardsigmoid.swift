import StrataTensor

/// y = min(max(x + 3, 0), 6) / 6, elementwise: ``Sigmoid`` made of three lines.
///
/// - Shapes: any; y has the shape of x.
///
/// # Backward
/// dx = dy / 6 where 0 < y < 1, else 0.
/// The cache is y, which the next layer caches too, so it takes no additional memory.
public struct Hardsigmoid: Layer, Activation {
  public let function = ActivationFunction(.hardsigmoid, keeping: .output)

  /// Creates the layer.
  public init() {}
}
