import StrataTensor

/// y = μ + σ ⊙ ε with ε ~ N(0, 1): a sample of N(μ, σ²), through which gradients flow; in inference y = μ.
///
/// - Shapes: x is [B, 2D] and holds μ, then log σ² in its last axis; y is [B, D]. More axes may precede the last.
///
/// # Backward
/// With ε held fixed, ∂y/∂μ = 1, and since σ = exp(½ log σ²), ∂y/∂(log σ²) = ½ σε. So dμ = dy and
/// d(log σ²) = dy ⊙ ½ σε. The cache is ½ σε.
///
/// ``NormalDivergence`` is the other term of a variational autoencoder's loss. Kingma and Welling,
/// "Auto-Encoding Variational Bayes", 2013.
public struct Reparameterize: Layer, CustomStringConvertible {
  /// Where ε comes from: each forward takes the next key.
  public let stream = RandomStream()

  /// The values that `backward` reads.
  public struct Cache: Sendable {
    let halfDeviation: Tensor
  }

  /// Creates the layer.
  public init() {}

  public func forward(_ x: consuming Tensor) -> (Tensor, Cache) {
    let parts = halves(x)
    var key = stream.next()
    let noise = Tensor(normal: parts[1].shape, dtype: parts[1].dtype, using: &key)
    let halfDeviation = 0.5 * exp(0.5 * parts[1]) * noise
    return (parts[0] + 2 * halfDeviation, Cache(halfDeviation: halfDeviation))
  }

  public func backward(_ dy: consuming Tensor, _ cache: consuming Cache, _ gradients: inout Gradients) -> Tensor {
    Tensor(concatenating: [copy dy, dy * cache.halfDeviation], along: -1)
  }

  public func callAsFunction(_ x: consuming Tensor) -> Tensor { halves(x)[0] }

  public func inference(_ x: consuming Tensor) -> (Tensor, Cache) {
    let mean = halves(x)[0]
    return (mean, Cache(halfDeviation: Tensor(zeros: mean.shape, dtype: mean.dtype)))
  }

  public func outputShape(for input: Shape) throws -> Shape {
    guard input.rank > 0, input[-1] % 2 == 0 else {
      throw ShapeError(
        description, expected: "[…, 2D], the means and the log-variances", input: input,
        remedy: "make twice as many features before it as the sample has")
    }
    return input.withTrailing(input[-1] / 2)
  }

  public var description: String { "Reparameterize()" }

  private func halves(_ x: consuming Tensor) -> [Tensor] {
    requireInput(x.shape)
    return x.halves
  }
}

extension Tensor {
  /// The first and the second half of the last axis.
  var halves: [Tensor] { split([shape[-1] / 2, shape[-1] / 2], along: -1) }
}
