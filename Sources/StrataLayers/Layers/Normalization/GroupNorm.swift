import StrataTensor

/// y = γ (x − μ) / σ + β with μ the mean and σ² = variance + ε of each group of channels of each sample, the variance
/// biased.
///
/// A sample is normalized by itself, so training and inference are the same, and the batch may be small. With one group
/// it is ``LayerNorm`` over all but the batch axis with factors by channel, with as many groups as channels
/// ``InstanceNorm``. A constant group gives exactly β.
///
/// - Shapes: x is [B, C, …], and the groups divide C; γ (``weight``, at first 1) and β (``bias``, at first 0) are [C];
///   y has the shape of x.
///
/// # Backward
/// With x̂ = (x − μ) / σ and g = γ dy, both sums over the n elements of the group: dx̂ reaches x directly, through μ
/// and through σ, as derived for ``BatchNorm``, so dx = (g − Σg / n − x̂ Σ g x̂ / n) / σ. Over samples and positions,
/// dγ = Σ dy x̂ and dβ = Σ dy. For one group of two channels x = [−1, 1], γ = [2, 4] and ε = 0, hence x̂ = x and y =
/// [−2, 4], the cotangent dy = [1, 0] gives g = [2, 0], dγ = [−1, 0], dβ = [1, 0] and dx = [2 − 1 − 1, 0 − 1 + 1] = [0,
/// 0]: two elements become −1 and 1 whatever they are. The cache is x, a snapshot of γ, and μ and 1/σ of each group.
///
/// PyTorch's `nn.GroupNorm`. Wu and He, "Group Normalization", 2018.
public struct GroupNorm: Layer, CustomStringConvertible {
  /// γ, of shape [C].
  public let weight: Parameter

  /// β, of shape [C].
  public let bias: Parameter

  /// The groups of channels.
  public let groups: Int

  /// ε, added to the variance.
  public let epsilon: Double

  /// The values that `backward` reads.
  public struct Cache: Sendable {
    let inner: GroupNormalization.Cache
  }

  /// A layer for this number of channels in groups.
  public init(groups: Int, _ channels: Int, epsilon: Double = 1e-5) {
    require(
      groups > 0 && channels > 0 && channels % groups == 0,
      "GroupNorm(groups: \(groups), \(channels)): groups and channels must be positive, and groups divide the channels")
    requireOption("GroupNorm: epsilon", epsilon, .notNegative)
    weight = Parameter([channels], initialValue: 1)
    bias = Parameter([channels], initialValue: 0)
    (self.groups, self.epsilon) = (groups, epsilon)
  }

  public func forward(_ x: consuming Tensor) -> (Tensor, Cache) {
    let (x, weight) = (copy x, weight.value)
    requireInput(x.shape)
    requireSameType(x.dtype, weight.dtype)
    let (y, cache) = GroupNormalization.forward(x, groups: groups, weight, bias.value, epsilon: epsilon)
    return (y, Cache(inner: cache))
  }

  public func backward(_ dy: consuming Tensor, _ cache: consuming Cache, _ gradients: inout Gradients) -> Tensor {
    GroupNormalization.backward(description, dy, cache.inner, groups: groups, weight, bias, &gradients)
  }

  public func outputShape(for input: Shape) throws -> Shape {
    try GroupNormalization.outputShape(for: input, channels: weight.shape[0], least: 2, description)
  }

  public var description: String { "GroupNorm(groups: \(groups), \(weight.shape[0]))" }
}
