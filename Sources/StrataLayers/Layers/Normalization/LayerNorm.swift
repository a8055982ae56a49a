import StrataTensor

/// y = γ (x − μ) / σ + β with μ the mean and σ² = variance + ε of each sample's features, the variance
/// biased.
///
/// A sample is normalized by itself, so training and inference are the same. A constant sample gives exactly
/// β.
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
  /// γ, of the shape of the normalized axes.
  public let weight: Parameter

  /// β, of the shape of the normalized axes.
  public let bias: Parameter

  /// ε, added to the variance.
  public let epsilon: Double

  /// The values that `backward` reads.
  public struct Cache: Sendable {
    let rows: RowNormalization.Cache
  }

  /// A layer for the last axis, of this length.
  public init(_ features: Int, epsilon: Double = 1e-5) { self.init(shape: [features], epsilon: epsilon) }

  /// A layer for the last axes, of these lengths.
  public init(shape: Shape, epsilon: Double = 1e-5) {
    require(shape.rank > 0 && shape.count > 0, "LayerNorm(\(shape)): the normalized axes need elements")
    requireOption("LayerNorm: epsilon", epsilon, .notNegative)
    weight = Parameter(shape, initialValue: 1)
    bias = Parameter(shape, initialValue: 0)
    self.epsilon = epsilon
  }

  public func forward(_ x: consuming Tensor) -> (Tensor, Cache) {
    requireInput(x.shape)
    let weight = weight.value
    requireSameType(x.dtype, weight.dtype)
    let (y, moments) = RowNormalization.forward(copy x, weight, bias.value, epsilon: epsilon)
    return (y, Cache(rows: .init(x: x, weight: weight, moments: moments)))
  }

  public func backward(
    _ dy: consuming Tensor, _ cache: consuming Cache, _ gradients: inout Gradients
  ) -> Tensor { RowNormalization.backward(description, dy, cache.rows, weight, bias, &gradients) }

  public func callAsFunction(_ x: consuming Tensor) -> Tensor {
    requireInput(x.shape)
    requireSameType(x.dtype, weight.dtype)
    return RowNormalization.forward(x, weight.value, bias.value, epsilon: epsilon).y
  }

  public func outputShape(for input: Shape) throws -> Shape {
    try RowNormalization.outputShape(for: input, normalized: weight.shape, description)
  }

  public var description: String {
    "LayerNorm(\(weight.shape.rank == 1 ? "\(weight.shape[0])" : "\(weight.shape)"))"
  }
}
