import StrataTensor

/// y = log σ(x) = min(x, 0) − log(1 + e^−|x|), elementwise, which cannot overflow.
///
/// - Shapes: any; y has the shape of x.
///
/// # Backward
/// dy/dx = σ(−x) = 1 − eʸ, so dx = dy · (1 − eʸ).
/// The cache is y, which the next layer caches too, so it takes no additional memory.
public struct LogSigmoid: Layer, Activation {
  public let function = ActivationFunction(.logSigmoid, keeping: .output)

  /// Creates the layer.
  public init() {}
}
