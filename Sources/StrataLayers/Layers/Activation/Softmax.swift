import StrataTensor

/// yᵢ = exp(xᵢ) / Σⱼ exp(xⱼ), along the last axis.
///
/// The largest element of each row is subtracted first, which changes nothing and keeps any finite x from
/// overflowing. A classifier needs no Softmax: ``SoftmaxCrossEntropy`` takes logits.
///
/// - Shapes: x is [K] or has more axes before the last; y has the shape of x.
///
/// # Backward
/// ∂yᵢ/∂xⱼ = yᵢ(δᵢⱼ − yⱼ), so dxⱼ = Σᵢ dyᵢ yᵢ (δᵢⱼ − yⱼ) = yⱼ (dyⱼ − Σᵢ dyᵢ yᵢ).
/// The cache is y, which the next layer caches too, so it takes no additional memory.
public struct Softmax: Layer, Activation {
  /// Creates the layer.
  public init() {}

  public var function: ActivationFunction { Self.softmax }
  private static let softmax = ActivationFunction(.softmax)

  public var description: String { "Softmax()" }
}
