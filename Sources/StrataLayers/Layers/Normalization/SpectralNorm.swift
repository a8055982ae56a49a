import StrataTensor

/// w = v / σ(v): a weight divided by its largest singular value, which bounds by what a layer multiplies distances.
///
/// ```swift
/// let critic = Sequential {
///   Conv2D(3, 64, kernel: 3).spectrallyNormalized()
///   LeakyReLU()
/// }
/// ```
///
/// With V the matrix of v, whose rows are along `axis` and whose columns are all other axes, and vectors a and b that
/// are kept from step to step, each forward pass of training makes b ← Vᵀa / ‖Vᵀa‖ after a ← Vb / ‖Vb‖, as many times
/// as there are iterations, and σ = aᵀVb. In inference a and b stay. They are statistics: a step keeps what its pass
/// has found, so that of several micro-batches, or uses, all begin from the same ones; PyTorch goes on with each.
///
/// - Shapes: v and w have any shape of two axes or more.
///
/// # Backward
/// a and b count as constants: near the singular vectors σ does not change with them. With dσ = aᵀ dV b and d(v / σ) =
/// dv / σ − v dσ / σ², dv = dw / σ − (Σ dw ⊙ v) / σ² · abᵀ. The cache is v, a, b and σ.
///
/// Miyato, Kataoka, Koyama and Yoshida, "Spectral Normalization for Generative Adversarial Networks", 2018. PyTorch's
/// `parametrizations.spectral_norm`.
public struct SpectralNorm: Layer, CustomStringConvertible {
  /// a, the estimate of the left singular vector, of the length of the axis.
  public let left: Statistic

  /// b, the estimate of the right singular vector.
  public let right: Statistic

  /// The axis of the matrix's rows.
  public let axis: Int

  /// How many steps the estimate makes in a forward pass of training.
  public let iterations: Int

  /// The least norm that a vector is divided by.
  public let epsilon: Double

  private let dimensions: [Int]

  /// The values that `backward` reads, and whether they were found in training.
  public struct Cache: Sendable {
    let v, a, b, sigma: Tensor
    let isFound: Bool
  }

  /// A function of weights of this shape, whose estimate begins with 15 steps from random vectors.
  public init(of weight: Tensor, axis: Int, iterations: Int = 1, epsilon: Double = 1e-12) {
    require(
      weight.rank >= 2 && 0..<weight.rank ~= axis && iterations >= 1,
      "SpectralNorm: a weight of shape \(weight.shape) with axis \(axis) and \(iterations) iterations is not possible; give "
        + "a weight of two axes or more, one of them, and 1 iteration or more")
    requireOption("SpectralNorm: epsilon", epsilon, .notNegative)
    (self.axis, self.iterations, self.epsilon) = (axis, iterations, epsilon)
    dimensions = weight.shape.lengths
    let matrix = weight.matrix(ofRows: axis)
    var generator = RandomGenerator.next()
    let start = Tensor(normal: [matrix.shape[1], 1], using: &generator).converted(to: weight.dtype)
    let (a, b) = matrix.singularVectors(from: start.unit(epsilon), iterations: 15, epsilon)
    (left, right) = (Statistic(a.reshaped([-1])), Statistic(b.reshaped([-1])))
  }

  public func forward(_ v: consuming Tensor) -> (Tensor, Cache) { forward(v, isFound: true) }

  public func inference(_ v: consuming Tensor) -> (Tensor, Cache) { forward(v, isFound: false) }

  public func callAsFunction(_ v: consuming Tensor) -> Tensor { forward(v, isFound: false).0 }

  public func backward(_ dw: consuming Tensor, _ cache: consuming Cache, _ gradients: inout Gradients) -> Tensor {
    let dw = dw
    if cache.isFound { observe(cache.a, cache.b, &gradients) }
    let share = (dw * cache.v).sum() / (cache.sigma * cache.sigma)
    let outer = Tensor(matrix: matmul(cache.a, cache.b.transposed), ofRows: axis, shape: cache.v.shape)
    return dw / cache.sigma - outer * share
  }

  public func outputShape(for input: Shape) throws -> Shape { try input.ofWeights(dimensions, for: description) }

  public var description: String { "SpectralNorm(\(Shape(dimensions)), axis: \(axis))" }

  /// The columns a and b for a weight, found from it in training.
  package func vectors(of v: Tensor, isFound: Bool) -> (a: Tensor, b: Tensor) {
    let (a, b) = (left.value.expanded(at: -1), right.value.expanded(at: -1))
    return isFound ? v.matrix(ofRows: axis).singularVectors(from: b, iterations: iterations, epsilon) : (a, b)
  }

  /// Keeps the vectors that a forward pass of training has found.
  package func observe(_ a: Tensor, _ b: Tensor, _ gradients: inout Gradients) {
    gradients.observe(a.reshaped([-1]), for: left, momentum: 1)
    gradients.observe(b.reshaped([-1]), for: right, momentum: 1)
  }

  private func forward(_ v: consuming Tensor, isFound: Bool) -> (Tensor, Cache) {
    let v = v
    requireInput(v.shape)
    let (a, b) = vectors(of: v, isFound: isFound)
    let sigma = (a * matmul(v.matrix(ofRows: axis), b)).sum()
    return (v / sigma, Cache(v: v, a: a, b: b, sigma: sigma, isFound: isFound))
  }
}

extension SpectralNorm: PyTorchNamed {
  public var pytorchNames: [String: PyTorchName] { ["left": "0._u", "right": "0._v"] }
}

extension Tensor {
  /// The matrix whose rows are along an axis, and whose columns are all others.
  fileprivate func matrix(ofRows axis: Int) -> Tensor {
    permuted([axis] + axes(but: axis)).reshaped([shape[axis], -1])
  }

  /// The tensor of a shape of which this is the matrix.
  fileprivate init(matrix: Tensor, ofRows axis: Int, shape: Shape) {
    let order = [axis] + (0..<shape.rank).filter { $0 != axis }
    let back = (0..<shape.rank).map { order.firstIndex(of: $0)! }
    self = matrix.reshaped(to: Shape(order.map { shape[$0] })).permuted(back)
  }

  /// x / ‖x‖.
  fileprivate func unit(_ epsilon: Double) -> Tensor { self / Swift.max(norm, epsilon) }

  /// Estimates of the first singular vectors, as columns.
  fileprivate func singularVectors(from right: Tensor, iterations: Int, _ epsilon: Double) -> (a: Tensor, b: Tensor) {
    var (a, b) = (right, right)
    for _ in 0..<iterations {
      a = matmul(self, b).unit(epsilon)
      b = matmul(transposed, a).unit(epsilon)
    }
    return (a, b)
  }
}
