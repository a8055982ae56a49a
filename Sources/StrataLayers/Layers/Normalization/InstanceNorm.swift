import StrataTensor

/// y = (x − μ) / σ with μ the mean and σ² = variance + ε of each channel of each sample, the variance biased; with
/// `affine: true` y = γ (x − μ) / σ + β.
///
/// A sample is normalized by itself, so training and inference are the same.
///
/// - Shapes: x is [B, C, …], with at least one axis more; γ (``weight``, at first 1) and β (``bias``, at first 0) are
///   [C]; y has the shape of x.
///
/// # Backward
/// That of ``GroupNorm`` with as many groups as channels: with g = γ dy and sums over the n elements of the channel of
/// the sample, dx = (g − Σg / n − x̂ Σ g x̂ / n) / σ. For a channel x = [−1, −1, 1, 1] and ε = 0, hence y = x, the
/// cotangent dy = [1, 0, 0, 0] gives dx = [1, 0, 0, 0] − ¼ + x/4 = [½, −½, 0, 0]. The cache is x, a snapshot of γ, and
/// μ and 1/σ of each channel of each sample.
///
/// PyTorch's `nn.InstanceNorm1d`, `2d` and `3d` without running statistics, which they have not by default either.
/// Ulyanov, Vedaldi and Lempitsky, "Instance Normalization: The Missing Ingredient for Fast Stylization", 2016.
public struct InstanceNorm: Layer, CustomStringConvertible {
  /// γ, of shape [C], where there is one.
  public let weight: Parameter?

  /// β, of shape [C], where there is one.
  public let bias: Parameter?

  /// The channels of x.
  public let channels: Int

  /// ε, added to the variance.
  public let epsilon: Double

  /// The values that `backward` reads.
  public struct Cache: Sendable {
    let inner: GroupNormalization.Cache
  }

  /// A layer for this number of channels; `affine` says whether it has γ and β.
  public init(_ channels: Int, affine: Bool = false, epsilon: Double = 1e-5) {
    require(channels > 0, "InstanceNorm(\(channels)): it needs at least one channel")
    requireOption("InstanceNorm: epsilon", epsilon, .notNegative)
    weight = affine ? Parameter([channels], initialValue: 1) : nil
    bias = affine ? Parameter([channels], initialValue: 0) : nil
    (self.channels, self.epsilon) = (channels, epsilon)
  }

  public func forward(_ x: consuming Tensor) -> (Tensor, Cache) {
    let (x, weight) = (copy x, weight?.value)
    _ = requireFloatingInput(x)
    if let weight { requireSameType(x.dtype, weight.dtype) }
    let (y, cache) = GroupNormalization.forward(x, groups: channels, weight, bias?.value, epsilon: epsilon)
    return (y, Cache(inner: cache))
  }

  public func backward(_ dy: consuming Tensor, _ cache: consuming Cache, _ gradients: inout Gradients) -> Tensor {
    GroupNormalization.backward(description, dy, cache.inner, groups: channels, weight, bias, &gradients)
  }

  public func outputShape(for input: Shape) throws -> Shape {
    try GroupNormalization.outputShape(for: input, channels: channels, least: 3, description)
  }

  public var description: String { "InstanceNorm(\(channels)\(weight == nil ? "" : ", affine: true"))" }
}
