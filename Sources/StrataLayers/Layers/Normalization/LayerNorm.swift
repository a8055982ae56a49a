import StrataTensor

/// y = γ (x − μ) / σ + β with μ the mean and σ² = variance + ε of each sample's features, the variance
/// biased.
///
/// A sample is normalized by itself, so training and inference are the same. A constant sample gives exactly
/// β. Without `isAffine` γ is 1 and β 0, without a bias β alone.
///
/// - Shapes: x is [B, …, D], or with several normalized axes [B, …, D₁, D₂]; γ (``weight``, at first 1) and β
///   (``bias``, at first 0) are [D] or [D₁, D₂]; y has the shape of x.
///
/// # Backward
/// With x̂ = (x − μ) / σ and g = γ dy, both sums over the n features of the sample: dx̂ reaches x directly,
/// through μ and through σ, as derived for ``BatchNorm``, so dx = (g − Σg / n − x̂ Σ g x̂ / n) / σ. Over the
/// samples, dγ = Σ dy x̂ and dβ = Σ dy. The cache is x, a snapshot of γ, and μ and 1/σ of each sample.
///
/// Ba, Kiros and Hinton, "Layer Normalization", 2016.
public struct LayerNorm: Layer, CustomStringConvertible {
  /// The lengths of the normalized axes.
  public let shape: Shape

  /// γ, of the shape of the normalized axes; nil where it is 1.
  public let weight: Parameter?

  /// β, of the shape of the normalized axes; nil where it is 0.
  public let bias: Parameter?

  /// ε, added to the variance.
  public let epsilon: Double

  /// The values that `backward` reads.
  public struct Cache: Sendable {
    let rows: RowNormalization.Cache
  }

  /// A layer for the last axis, of this length.
  public init(_ features: Int, epsilon: Double = 1e-5, isAffine: Bool = true, bias: Bool = true) {
    self.init(shape: [features], epsilon: epsilon, isAffine: isAffine, bias: bias)
  }

  /// A layer for the last axes, of these lengths.
  ///
  /// - Parameters:
  ///   - shape: The lengths of the last axes.
  ///   - epsilon: ε, added to the variance.
  ///   - isAffine: Whether γ and β are learnt.
  ///   - bias: Whether β is.
  public init(shape: Shape, epsilon: Double = 1e-5, isAffine: Bool = true, bias: Bool = true) {
    require(shape.rank > 0 && shape.count > 0, "LayerNorm(\(shape)): the normalized axes need elements")
    requireOption("LayerNorm: epsilon", epsilon, .notNegative)
    self.shape = shape
    weight = isAffine ? Parameter(shape, initialValue: 1) : nil
    self.bias = isAffine && bias ? Parameter(shape, initialValue: 0) : nil
    self.epsilon = epsilon
  }

  public func forward(_ x: consuming Tensor) -> (Tensor, Cache) {
    let (y, weight, moments) = normalized(copy x)
    return (y, Cache(rows: .init(x: x, weight: weight, moments: moments)))
  }

  public func backward(
    _ dy: consuming Tensor, _ cache: consuming Cache, _ gradients: inout Gradients
  ) -> Tensor { RowNormalization.backward(description, dy, cache.rows, isCentered: true, weight, bias, &gradients) }

  public func callAsFunction(_ x: consuming Tensor) -> Tensor { normalized(x).y }

  private func normalized(_ x: consuming Tensor) -> (y: Tensor, weight: Tensor, moments: Tensor) {
    requireInput(x.shape)
    let dtype = x.dtype
    let factors = RowNormalization.value(weight, or: 1, shape, like: dtype)
    requireSameType(dtype, factors.dtype)
    let shifts = RowNormalization.value(bias, or: 0, shape, like: dtype)
    let (y, moments) = RowNormalization.forward(x, factors, shifts, epsilon: epsilon)
    return (y, factors, moments)
  }

  public func outputShape(for input: Shape) throws -> Shape {
    try RowNormalization.outputShape(for: input, normalized: shape, description)
  }

  public var description: String { "LayerNorm(\(shape.rank == 1 ? "\(shape[0])" : "\(shape)"))" }
}
