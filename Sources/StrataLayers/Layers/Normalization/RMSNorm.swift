import StrataTensor

/// y = γ x / σ with σ² = mean of x² + ε over each sample's features.
///
/// - Shapes: x is [B, …, D]; γ (``weight``, at first 1) is [D]; y has the shape of x.
///
/// # Backward
/// With x̂ = x / σ and g = γ dy: ∂σ/∂xⱼ = xⱼ / (nσ) = x̂ⱼ / n, so dxⱼ = gⱼ / σ − Σᵢ gᵢ xᵢ / σ² · x̂ⱼ / n
/// = (gⱼ − x̂ⱼ Σ g x̂ / n) / σ over the n features, and dγ = Σ dy x̂ over the samples.
/// The cache is x, a snapshot of γ, and 1/σ of each sample.
///
/// Zhang and Sennrich, "Root Mean Square Layer Normalization", 2019.
public struct RMSNorm: Layer, CustomStringConvertible {
  /// γ, of shape [D].
  public let weight: Parameter

  /// ε, added to the mean square; where nil, the spacing of x's numbers at 1, as in PyTorch.
  public let epsilon: Double?

  /// The values that `backward` reads.
  public struct Cache: Sendable {
    let rows: RowNormalization.Cache
  }

  /// A layer for the last axis, of this length.
  public init(_ features: Int, epsilon: Double? = nil) {
    require(features > 0, "RMSNorm(\(features)): the normalized axis needs elements")
    requireOption("RMSNorm: epsilon", epsilon ?? 0, .notNegative)
    weight = Parameter([features], initialValue: 1)
    self.epsilon = epsilon
  }

  public func forward(_ x: consuming Tensor) -> (Tensor, Cache) {
    let weight = weight.value
    let (y, moments) = normalized(copy x, weight)
    return (y, Cache(rows: .init(x: x, weight: weight, moments: moments)))
  }

  public func backward(
    _ dy: consuming Tensor, _ cache: consuming Cache, _ gradients: inout Gradients
  ) -> Tensor { RowNormalization.backward(description, dy, cache.rows, weight, nil, &gradients) }

  public func callAsFunction(_ x: consuming Tensor) -> Tensor { normalized(x, weight.value).y }

  public func outputShape(for input: Shape) throws -> Shape {
    try RowNormalization.outputShape(for: input, normalized: weight.shape, description)
  }

  public var description: String { "RMSNorm(\(weight.shape[0]))" }

  private func normalized(_ x: consuming Tensor, _ weight: Tensor) -> (y: Tensor, moments: Tensor) {
    requireInput(x.shape)
    requireSameType(x.dtype, weight.dtype)
    let spacing = x.dtype.withKernels(for: "RMSNorm") { $0.ulpOfOne.asDouble }
    return RowNormalization.forward(x, weight, nil, epsilon: epsilon ?? spacing)
  }
}
