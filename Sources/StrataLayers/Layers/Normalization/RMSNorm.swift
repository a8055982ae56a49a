import StrataTensor

/// y = γ x / σ with σ² = mean of x² + ε over each sample's features.
///
/// Without `isAffine` γ is 1.
///
/// - Shapes: x is [B, …, D], or with several normalized axes [B, …, D₁, D₂]; γ (``weight``, at first 1) is [D] or [D₁, D₂]; y
///   has the shape of x.
///
/// # Backward
/// With x̂ = x / σ and g = γ dy: ∂σ/∂xⱼ = xⱼ / (nσ) = x̂ⱼ / n, so dxⱼ = gⱼ / σ − Σᵢ gᵢ xᵢ / σ² · x̂ⱼ / n
/// = (gⱼ − x̂ⱼ Σ g x̂ / n) / σ over the n features, and dγ = Σ dy x̂ over the samples.
/// The cache is x, a snapshot of γ, and 1/σ of each sample.
///
/// Zhang and Sennrich, "Root Mean Square Layer Normalization", 2019.
public struct RMSNorm: Layer, CustomStringConvertible {
  /// The lengths of the normalized axes.
  public let shape: Shape

  /// γ, of the shape of the normalized axes; nil where it is 1.
  public let weight: Parameter?

  /// ε, added to the mean square; where nil, the spacing of x's numbers at 1, as in PyTorch.
  public let epsilon: Double?

  /// The values that `backward` reads.
  public struct Cache: Sendable {
    let rows: RowNormalization.Cache
  }

  /// A layer for the last axis, of this length.
  public init(_ features: Int, epsilon: Double? = nil, isAffine: Bool = true) {
    self.init(shape: [features], epsilon: epsilon, isAffine: isAffine)
  }

  /// A layer for the last axes, of these lengths, with γ or without.
  public init(shape: Shape, epsilon: Double? = nil, isAffine: Bool = true) {
    require(shape.rank > 0 && shape.count > 0, "RMSNorm(\(shape)): the normalized axes need elements")
    requireOption("RMSNorm: epsilon", epsilon ?? 0, .notNegative)
    self.shape = shape
    weight = isAffine ? Parameter(shape, initialValue: 1) : nil
    self.epsilon = epsilon
  }

  public func forward(_ x: consuming Tensor) -> (Tensor, Cache) {
    let (y, weight, moments) = normalized(copy x)
    return (y, Cache(rows: .init(x: x, weight: weight, moments: moments)))
  }

  public func backward(
    _ dy: consuming Tensor, _ cache: consuming Cache, _ gradients: inout Gradients
  ) -> Tensor { RowNormalization.backward(description, dy, cache.rows, isCentered: false, weight, nil, &gradients) }

  public func callAsFunction(_ x: consuming Tensor) -> Tensor { normalized(x).y }

  public func outputShape(for input: Shape) throws -> Shape {
    try RowNormalization.outputShape(for: input, normalized: shape, description)
  }

  public var description: String { "RMSNorm(\(shape.rank == 1 ? "\(shape[0])" : "\(shape)"))" }

  private func normalized(_ x: consuming Tensor) -> (y: Tensor, weight: Tensor, moments: Tensor) {
    requireInput(x.shape)
    let dtype = x.dtype
    let factors = RowNormalization.value(weight, or: 1, shape, like: dtype)
    requireSameType(dtype, factors.dtype)
    let spacing = dtype.withKernels(for: "RMSNorm") { $0.ulpOfOne.asDouble }
    let (y, moments) = RowNormalization.forward(x, factors, nil, epsilon: epsilon ?? spacing)
    return (y, factors, moments)
  }
}
