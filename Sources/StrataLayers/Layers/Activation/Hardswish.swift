import StrataTensor

/// y = x · min(max(x + 3, 0), 6) / 6, elementwise: ``SiLU`` with lines in place of the sigmoid.
///
/// - Shapes: any; y has the shape of x.
///
/// # Backward
/// dx = 0 where x ≤ −3, dy where x ≥ 3, else dy · (x/3 + ½). The cache is x.
///
/// Howard and others, "Searching for MobileNetV3", 2019.
///
/// PyTorch's is NaN at −∞: see the article "Differences from PyTorch".
public struct Hardswish: Layer, Activation {
  public let function = ActivationFunction(.hardswish, keeping: .input)

  /// Creates the layer.
  public init() {}
}
