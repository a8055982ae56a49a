import StrataTensor

/// y = γ (x − μ) / σ + β, channel by channel: in training μ and σ² = variance + ε are the batch's, in
/// inference the running ones.
///
/// Axis 1 is the channels, as in PyTorch, and all other axes are averaged over: features [B, C], sequences
/// [B, C, T], images [B, C, H, W]. A constant channel gives exactly β. Training needs more than one value a
/// channel.
///
/// Without `isAffine` γ is 1 and β 0, and the layer learns nothing. Without `tracksStatistics` there are no running ones,
/// and inference takes those of its batch as training does.
///
/// - Shapes: x is [B, C, …]; γ (``weight``, at first 1), β (``bias``, at first 0) and the running mean (at
///   first 0) and variance (at first 1) are [C]; y has the shape of x.
///
/// # Running statistics
/// The batch's mean, and its variance with N − 1 as the divisor (normalizing itself takes N), leave
/// `backward` as observations in ``Gradients``; the optimizer's update moves the running ones, r ← (1 − m) r
/// + m · observed with the momentum m. So what runs forward again, such as a recomputation or a numeric
/// check, moves nothing. A layer used several times in one pass observes once a use, in the order of the
/// forward pass, and each observation is applied in turn. **Where no gradient flows back to the layer,
/// nothing is observed**: below a frozen part or a stopped gradient, and in a forward pass without a
/// backward, the running statistics stay.
///
/// PyTorch's names are `weight`, `bias`, `running_mean` (``runningMean``) and `running_var`
/// (``runningVariance``); its `num_batches_tracked` is ``batchCount``, which is there with a momentum of nil alone.
///
/// # Backward
/// Let x̂ = (x − μ) / σ, g = dL/dx̂ = γ dy, and let sums run over the N values of the channel. x reaches the
/// loss by three paths:
/// - directly, by ∂x̂/∂x = 1/σ: g / σ;
/// - through the mean, ∂μ/∂x = 1/N and ∂x̂/∂μ = −1/σ for every x̂: −Σg / (N σ), for the change of σ by μ is
///   proportional to Σ(x − μ) = 0;
/// - through the variance, ∂σ²/∂x = 2(x − μ) / N and ∂x̂/∂σ² = −x̂ / (2σ²): −Σ g x̂ / (2σ²) · 2(x − μ) / N
///   = −x̂ Σ g x̂ / (N σ).
///
/// Together dx = γ/σ · (dy − Σdy / N − x̂ Σ dy x̂ / N), with dγ = Σ dy x̂ and dβ = Σ dy, the very sums in it.
/// For one channel x = [−1, −1, 1, 1], γ = 2 and ε = 0, hence x̂ = x, the cotangent dy = [1, 0, 0, 0] gives
/// dγ = −1, dβ = 1 and dx = 2 · ([1, 0, 0, 0] − ¼ + x/4) = [1, −1, 0, 0]. The cache is x, a snapshot of γ,
/// and μ and the variance.
///
/// Ioffe and Szegedy, "Batch Normalization: Accelerating Deep Network Training by Reducing Internal Covariate
/// Shift", 2015.
///
/// PyTorch's moves its running statistics in each forward pass: see the article "Differences from PyTorch".
public struct BatchNorm: Layer, CustomStringConvertible {
  /// The number of channels.
  public let channels: Int

  /// γ, of shape [C]; nil where the layer learns nothing.
  public let weight: Parameter?

  /// β, of shape [C]; nil where the layer learns nothing.
  public let bias: Parameter?

  /// The mean that inference takes, of shape [C]; nil where it takes that of its batch.
  public let runningMean: Statistic?

  /// The variance that inference takes, of shape [C]; nil where it takes that of its batch.
  public let runningVariance: Statistic?

  /// ε, added to the variance.
  public let epsilon: Double

  /// The number of batches in the running statistics; nil unless they are means of all batches.
  public let batchCount: Statistic?

  /// The weight of a new batch in the running statistics; nil where they are means of all batches so far.
  public let momentum: Double?

  /// x, γ, and the numbers that normalized x.
  public struct Cache: Sendable {
    let x: Tensor
    let weight: Tensor
    /// μ and the biased variance, in double precision.
    let mean: Tensor
    let variance: Tensor
    /// Whether μ and the variance are those of x, which then depend on it.
    let isOfBatch: Bool
  }

  /// A layer for this number of features or channels.
  ///
  /// - Parameters:
  ///   - channels: The length of axis 1.
  ///   - epsilon: ε, added to the variance.
  ///   - momentum: The weight of a new batch in the running statistics; nil for the means of all batches.
  ///   - isAffine: Whether γ and β are learnt.
  ///   - tracksStatistics: Whether running statistics are kept for inference.
  public init(
    _ channels: Int, epsilon: Double = 1e-5, momentum: Double? = 0.1, isAffine: Bool = true,
    tracksStatistics: Bool = true
  ) {
    require(channels > 0, "BatchNorm(\(channels)): it needs at least one channel")
    requireOption("BatchNorm: epsilon", epsilon, .notNegative)
    requireOption("BatchNorm: momentum", momentum ?? 0, .fraction)
    self.channels = channels
    weight = isAffine ? Parameter([channels], initialValue: 1) : nil
    bias = isAffine ? Parameter([channels], initialValue: 0) : nil
    runningMean = tracksStatistics ? Statistic(Tensor(zeros: [channels])) : nil
    runningVariance = tracksStatistics ? Statistic(Tensor(ones: [channels]), minimum: 0) : nil
    batchCount = tracksStatistics && momentum == nil ? Statistic(Tensor(zeros: []), minimum: 0) : nil
    self.epsilon = epsilon
    self.momentum = momentum
  }

  public func forward(_ x: consuming Tensor) -> (Tensor, Cache) {
    requireBatch(x.shape)
    let weight = scales(like: x)
    let (mean, variance) = moments(of: x)
    let y = normalized(copy x, weight, mean, variance)
    return (y, Cache(x: x, weight: weight, mean: mean, variance: variance, isOfBatch: true))
  }

  /// Stops the program unless this is the shape of a batch with variances.
  package func requireBatch(_ shape: Shape) {
    requireInput(shape)
    require(
      shape.count > shape[1],
      "\(description): training needs more than one value a channel, and an input of shape \(shape) has "
        + "\(shape.count / shape[1]); give it larger batches, or call layer(x) for inference")
  }

  /// γ, or ones, in the type of an input.
  private func scales(like x: borrowing Tensor) -> Tensor {
    let dtype = x.dtype
    let weight = weight?.value ?? Tensor(ones: [channels], dtype: dtype)
    requireSameType(dtype, weight.dtype)
    return weight
  }

  /// The mean and the biased variance of each channel of a batch, in double precision.
  private func moments(of x: borrowing Tensor) -> (mean: Tensor, variance: Tensor) {
    let shape = x.shape
    // About a number of the channel's own, so that a mean far above the deviation costs no accuracy.
    let (sum, square, first) = x.channelSums()
    let count = Double(shape.count / shape[1])
    let shift = sum / count
    // Where squares overflow the variance is infinite, not NaN.
    let variance = relu(square / count - (shift * shift).clipped(to: 0 ... .greatestFiniteMagnitude))
    return (first + shift, variance)
  }

  /// The mean and variance that inference takes.
  private func inferenceMoments(of x: borrowing Tensor) -> (mean: Tensor, variance: Tensor) {
    guard let runningMean, let runningVariance else { return moments(of: x) }
    return (runningMean.value.converted(to: .float64), runningVariance.value.converted(to: .float64))
  }

  public func backward(_ dy: consuming Tensor, _ cache: consuming Cache, _ gradients: inout Gradients) -> Tensor {
    let (x, mean, variance) = (cache.x, cache.mean, cache.variance)
    let (dtype, count) = (x.dtype, Double(x.count / x.shape[1]))
    dy.requireGradient(of: description, x.shape, x.dtype)
    let inverse = rsqrt(variance + epsilon)
    let center = mean.converted(to: dtype)
    let (dBeta, product, rounded) = x.channelSums(about: center, of: dy)
    let rest = mean - rounded
    let dGamma = inverse * (product - rest * dBeta)
    // dx = a dy + b (x − center) + c, the sum of the three paths.
    let a = cache.weight.converted(to: .float64) * inverse
    let b = -(a * inverse * dGamma) / count
    let c = -(a * dBeta) / count - b * rest
    if let weight { gradients.add(dGamma.converted(to: dtype), to: weight) }
    if let bias { gradients.add(dBeta.converted(to: dtype), to: bias) }
    guard cache.isOfBatch else {
      // x reaches the loss by the first path alone.
      return dy * a.converted(to: dtype).reshaped(to: Shape([a.count] + Array(repeating: 1, count: x.rank - 2)))
    }
    observe(center, variance, count: count, &gradients)
    func dx(_ x: Tensor, _ dy: consuming Tensor) -> Tensor {
      let (center, factors) = (center.converted(to: x.dtype), [a, b, c].map { $0.converted(to: x.dtype) })
      dy.overwrite { dy, dx in x.channelAffine(center, factors[1], factors[2], adding: (factors[0], dy), into: dx) }
      return dy
    }
    // γ/σ² may be too small or too large for the type of x where γ/σ is not.
    let range = dtype.withKernels(for: description) {
      $0.leastNormalMagnitude.asDouble...$0.greatestFiniteMagnitude.asDouble
    }
    if b.elements(Double.self).contains(where: { $0 != 0 && !(range ~= abs($0)) }) {
      return dx(x.converted(to: .float64), dy.converted(to: .float64)).converted(to: dtype)
    }
    return dx(x, dy)
  }

  /// Notes the mean and the biased variance of a batch with this number of values a channel.
  package func observe(_ mean: Tensor, _ variance: Tensor, count: Double, _ gradients: inout Gradients) {
    guard let runningMean, let runningVariance else { return }
    let unbiased = (variance * (count / (count - 1))).converted(to: mean.dtype)
    for (value, statistic) in [(mean, runningMean), (unbiased, runningVariance)] {
      if let batchCount {
        gradients.observe(value, for: statistic, countedBy: batchCount)
      } else {
        gradients.observe(value, for: statistic, momentum: momentum ?? 0)
      }
    }
  }

  public func callAsFunction(_ x: consuming Tensor) -> Tensor {
    requireInput(x.shape)
    let (mean, variance) = inferenceMoments(of: x)
    let weight = scales(like: x)
    return normalized(x, weight, mean, variance)
  }

  public func inference(_ x: consuming Tensor) -> (Tensor, Cache) {
    requireInput(x.shape)
    let (weight, (mean, variance)) = (scales(like: x), inferenceMoments(of: x))
    let y = normalized(copy x, weight, mean, variance)
    return (y, Cache(x: x, weight: weight, mean: mean, variance: variance, isOfBatch: runningMean == nil))
  }

  /// γ (x − mean) / σ + β, in the memory of x where nobody else holds it.
  private func normalized(_ x: consuming Tensor, _ weight: Tensor, _ mean: Tensor, _ variance: Tensor)
    -> Tensor
  {
    let dtype = x.dtype
    let scale = weight.converted(to: .float64) * rsqrt(variance + epsilon)
    let center = mean.converted(to: dtype)
    // What x's type cannot hold of the mean goes to the offset.
    let lost = scale * (mean - center.converted(to: .float64))
    let offset = bias.map { $0.value.converted(to: .float64) - lost } ?? -lost
    let (b, c) = (scale.converted(to: dtype), offset.converted(to: dtype))
    x.overwrite { x, y in x.channelAffine(center, b, c, into: y) }
    return x
  }

  public func outputShape(for input: Shape) throws -> Shape {
    guard input.rank >= 2, input[1] == channels else {
      throw ShapeError(
        description, expected: "[B, \(channels), …]", input: input,
        remedy: input.rank > 2 && input[-1] == channels
          ? "axis 1 is the channels: reshape to [B · T, C] for features in the last axis, or use LayerNorm"
          : input.rank < 2 ? "put a batch axis before the channels" : "make its channels those of axis 1",
        assumedOutput: input)
    }
    if TrainingShapes.areChecked, input.count <= channels {
      throw ShapeError(
        description, expected: "[B, \(channels), …] with more than one value a channel for training", input: input,
        remedy: "give it larger batches, or leave a smaller last batch out with keepingRemainder: false",
        assumedOutput: input)
    }
    return input
  }

  public var description: String { "BatchNorm(\(channels))" }
}
