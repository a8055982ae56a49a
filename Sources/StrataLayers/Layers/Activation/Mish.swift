import StrataTensor

/// y = x tanh(log(1 + eˣ)), elementwise, computed as x n / (n + 2) with n = eˣ(eˣ + 2).
///
/// - Shapes: any; y has the shape of x.
///
/// # Backward
/// With g = n / (n + 2), 1 − g² = 4(1 + eˣ)² / (n + 2)² and (log(1 + eˣ))' = eˣ / (1 + eˣ):
/// dx = dy · (g + x · 4eˣ(1 + eˣ) / (n + 2)²). The cache is x.
///
/// Misra, "Mish: A Self Regularized Non-Monotonic Activation Function", 2019.
public struct Mish: Layer, Activation {
  public let function = ActivationFunction(.mish, keeping: .input)

  /// Creates the layer.
  public init() {}
}
