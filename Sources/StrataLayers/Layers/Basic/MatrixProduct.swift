import StrataTensor

/// Z = W₁W₂ … WₙX: linear maps one after the other, with no bias and nothing between them.
///
/// ```swift
/// let chain = MatrixProduct(dimensions: [10, 64, 64, 784])      // W₁ [10, 64], W₂ [64, 64], W₃ [64, 784]
/// let w = Parameter(Tensor(normal: [8, 8], standardDeviation: 0.35))
/// let power = MatrixProduct(factors: [w, w, w])                // tied: W³, one parameter
/// ```
///
/// - Shapes: Wⱼ is [dⱼ₋₁, dⱼ]. X [dₙ, B] has a sample in each column; the layer has batches first, so it takes
///   x = Xᵀ [B, dₙ], or one with more axes before the last, and returns Zᵀ = xWₙᵀ … W₁ᵀ, [B, d₀].
///
/// # Backward
/// Let Aⱼ = Wⱼ₊₁ … WₙX be what Wⱼ acts on, Pⱼ = W₁ … Wⱼ, and G = dL/dZ. The differential is
/// dZ = Σⱼ Pⱼ₋₁ dWⱼ Aⱼ + Pₙ dX, and with dL = tr(GᵀdZ) and tr(UV) = tr(VU)
///
///     dL = Σⱼ tr(Aⱼ GᵀPⱼ₋₁ dWⱼ) + tr(GᵀPₙ dX),   so   dL/dWⱼ = Gⱼ₋₁Aⱼᵀ,   dL/dX = Gₙ,   with Gⱼ = PⱼᵀG.
///
/// No Pⱼ is ever made: two sweeps give all that is needed, Aⱼ₋₁ = WⱼAⱼ from Aₙ = X in the forward pass, and Gⱼ = WⱼᵀGⱼ₋₁
/// from G₀ = G in the backward pass. In rows, gⱼ = gⱼ₋₁Wⱼ and dWⱼ = gⱼ₋₁ᵀaⱼ: [dⱼ₋₁, B]·[B, dⱼ]. That is n
/// products forward and 2n backward, one less where dX is not asked for, and no temporary larger than
/// max(dⱼ)·B. The gradients of a tied factor add up, each position's after that of the one before.
///
/// The 1/B of a mean loss is in G and enters there alone; each dWⱼ is linear in G. The cache is the activations a₁ to aₙ
/// and a snapshot of the factors.
///
/// The article "Products of matrices" of StrataLayers goes through this with numbers, and says what a long chain
/// does to its singular values and what helps. Petersen and Pedersen, "The Matrix Cookbook", 2012, section 2.5;
/// Saxe, McClelland and Ganguli, "Exact Solutions to the Nonlinear Dynamics of Learning in Deep Linear Neural
/// Networks", 2013.
public struct MatrixProduct: Layer, CustomStringConvertible {
  /// W₁ to Wₙ, Wⱼ of shape [dⱼ₋₁, dⱼ]; where one stands at several positions, these are tied.
  public let factors: [Parameter]

  /// The values that `backward` reads.
  public struct Cache: Sendable {
    let weights: [Tensor]
    /// aₙ to a₁: the backward pass frees them from the end.
    var activations: [Tensor]
  }

  /// A product of given factors. Tie positions by giving the same parameter several times.
  public init(factors: [Parameter]) {
    require(!factors.isEmpty, "MatrixProduct: needs one factor or more")
    for (position, factor) in factors.enumerated() {
      require(
        factor.shape.rank == 2 && (position == 0 || factors[position - 1].shape[1] == factor.shape[0]),
        "MatrixProduct: factors of shapes \(factors.map { "\($0.shape)" }.joined(separator: ", ")) do not multiply "
          + "at position \(position); each must be a matrix with as many rows as the one before has columns")
    }
    self.factors = factors
  }

  /// A product of freshly initialized factors from the sizes d₀, d₁, … dₙ: of the output, between each two
  /// factors, and of the input.
  ///
  /// Orthogonal factors, the default, keep the product's singular values at 1 where no size between is smaller
  /// than both ends.
  public init(dimensions: [Int], initializer: Initializer = .orthogonal()) {
    require(
      dimensions.count >= 2 && dimensions.allSatisfy { $0 > 0 },
      "MatrixProduct(dimensions: \(dimensions)): needs two sizes or more, all positive")
    self.init(
      factors: zip(dimensions, dimensions.dropFirst()).map { rows, columns in
        Parameter(initializer.tensor([rows, columns], fanIn: columns, fanOut: rows))
      })
  }

  /// The sizes d₀, d₁, … dₙ: of the output, between each two factors, and of the input.
  public var dimensions: [Int] { [factors[0].shape[0]] + factors.map { $0.shape[1] } }

  public func forward(_ x: consuming Tensor) -> (Tensor, Cache) {
    requireInput(x.shape)
    let weights = factors.map(\.value)
    var activations: [Tensor] = []
    activations.reserveCapacity(weights.count)
    var a = x
    for weight in weights.reversed() {
      let next = matmul(a, weight.transposed)
      activations.append(a)
      a = next
    }
    return (a, Cache(weights: weights, activations: activations))
  }

  public func backward(_ dy: consuming Tensor, _ cache: consuming Cache, _ gradients: inout Gradients) -> Tensor {
    let g = addFactorGradients(dy, &cache, &gradients)
    return matmul(g, cache.weights.last!)
  }

  public func accumulate(_ dy: consuming Tensor, _ cache: consuming Cache, _ gradients: inout Gradients) {
    _ = addFactorGradients(dy, &cache, &gradients)
  }

  public func callAsFunction(_ x: consuming Tensor) -> Tensor {
    requireInput(x.shape)
    var a = x
    for factor in factors.reversed() { a = matmul(a, factor.value.transposed) }
    return a
  }

  public func outputShape(for input: Shape) throws -> Shape {
    let (outputs, inputs) = (factors[0].shape[0], factors.last!.shape[1])
    return try input.mapped(by: description, features: inputs, to: outputs, "the columns of its last factor")
  }

  public var description: String { "MatrixProduct(dimensions: \(dimensions))" }

  /// The backward sweep as far as the last factor's gradient.
  ///
  /// - Returns: gₙ₋₁.
  private func addFactorGradients(
    _ dy: consuming Tensor, _ cache: inout Cache, _ gradients: inout Gradients
  ) -> Tensor {
    var g = dy
    for (position, factor) in factors.enumerated() {
      if position > 0 { g = matmul(g, cache.weights[position - 1]) }
      let a = cache.activations.removeLast()
      gradients.addProduct((copy g).asMatrix().transposed, a.asMatrix(), to: factor)
    }
    return g
  }
}
