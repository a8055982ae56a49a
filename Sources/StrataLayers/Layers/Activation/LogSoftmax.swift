import StrataTensor

/// yᵢ = xᵢ − log Σⱼ exp(xⱼ), along the last axis: the logarithm of ``Softmax``.
///
/// The largest element of each row is subtracted first, which changes nothing and keeps any finite x from
/// overflowing.
///
/// - Shapes: x is [K] or has more axes before the last; y has the shape of x.
///
/// # Backward
/// ∂yᵢ/∂xⱼ = δᵢⱼ − softmax(x)ⱼ and softmax(x) = eʸ, so dxⱼ = dyⱼ − exp(yⱼ) Σᵢ dyᵢ.
/// The cache is y, which the next layer caches too, so it takes no additional memory.
public struct LogSoftmax: Layer, Activation {
  /// Creates the layer.
  public init() {}

  public var function: ActivationFunction { Self.logSoftmax }
  private static let logSoftmax = ActivationFunction(.logSoftmax)

  public var description: String { "LogSoftmax()" }
}
