import StrataTensor

/// y = silu(a) ⊙ b, where a and b are the halves of each row of x, and silu(a) = a σ(a).
///
/// - Shapes: x is [B, …, 2D], y is [B, …, D].
///
/// # Backward
/// da = silu′(a) ⊙ b ⊙ dy and db = silu(a) ⊙ dy, with silu′(a) = σ(a) (1 + a (1 − σ(a))). The cache is a and b.
///
/// Shazeer, "GLU Variants Improve Transformer", 2020.
public struct SwiGLU: Layer, CustomStringConvertible {
  /// The values that `backward` reads.
  public struct Cache: Sendable {
    let a: Tensor
    let b: Tensor
  }

  /// A layer that halves its rows.
  public init() {}

  public func forward(_ x: consuming Tensor) -> (Tensor, Cache) {
    let shape = x.shape
    requireInput(shape)
    let rows = x.asMatrix()
    let (count, half) = (rows.shape[0], rows.shape[1] / 2)
    let (a, b) = (rows[0..<count, 0..<half], rows[0..<count, half..<2 * half])
    let y = (a.mapped(by: .silu) * b).reshaped(to: shape.withTrailing(half))
    return (y, Cache(a: a, b: b))
  }

  public func backward(_ dy: consuming Tensor, _ cache: consuming Cache, _ gradients: inout Gradients) -> Tensor {
    let (a, b, shape) = (cache.a, cache.b, dy.shape)
    require(
      shape[-1] == a.shape[1] && dy.count == a.count,
      "SwiGLU: dy has shape \(shape), and the output had rows of \(a.shape[1])")
    let rows = dy.asMatrix()
    let da = (rows * b).multiplied(byDerivative: .silu, at: a)
    let db = a.mapped(by: .silu) * rows
    return Tensor(concatenating: [da, db], along: 1).reshaped(to: shape.withTrailing(2 * a.shape[1]))
  }

  public func callAsFunction(_ x: consuming Tensor) -> Tensor { forward(x).0 }

  public func outputShape(for input: Shape) throws -> Shape {
    guard input.rank >= 2, input[-1] % 2 == 0 else {
      throw ShapeError(
        description, expected: "[…, 2D]", input: input, remedy: "give it rows of an even length, of two halves")
    }
    return input.withTrailing(input[-1] / 2)
  }

  public var description: String { "SwiGLU()" }
}
