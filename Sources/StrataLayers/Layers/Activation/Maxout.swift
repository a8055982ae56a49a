import StrataTensor

/// y_d = max over the k numbers x_dk, …, x_dk+k−1 of each row: behind a ``Linear`` of k times as many outputs, the largest of
/// k linear functions.
///
/// - Shapes: x is [B, …, D · k], y is [B, …, D].
///
/// # Backward
/// dy goes to the largest number of each k, the first where several are, and the others receive 0. The cache is the places.
///
/// Goodfellow, Warde-Farley, Mirza, Courville and Bengio, "Maxout Networks", 2013.
public struct Maxout: Layer, CustomStringConvertible {
  /// k, the numbers of which the largest stays.
  public let pieces: Int

  /// The values that `backward` reads.
  public struct Cache: Sendable {
    let places: Tensor
    let shape: Shape
  }

  /// A layer that takes the largest of `pieces` numbers side by side.
  public init(pieces: Int) {
    require(pieces > 0, "Maxout(pieces: \(pieces)): it takes the largest of 1 or more")
    self.pieces = pieces
  }

  public func forward(_ x: consuming Tensor) -> (Tensor, Cache) {
    let shape = requireFloatingInput(x)
    let input = x.shape
    let (y, places) = x.reshaped(to: [shape.count, pieces]).maxWithIndices(along: 1, keepingAxis: true)
    return (y.reshaped(to: shape), Cache(places: places, shape: input))
  }

  public func backward(_ dy: consuming Tensor, _ cache: consuming Cache, _ gradients: inout Gradients) -> Tensor {
    let (places, shape) = (cache.places, cache.shape)
    dy.requireGradient(of: description, shape.withTrailing(shape[-1] / pieces), dy.dtype)
    return Tensor(zeros: [places.count, pieces], dtype: dy.dtype)
      .scattering(dy.reshaped(to: places.shape), at: places, along: 1).reshaped(to: shape)
  }

  public func outputShape(for input: Shape) throws -> Shape {
    guard input.rank >= 2, input[-1] % pieces == 0 else {
      throw ShapeError(
        description, expected: "[…, D · \(pieces)]", input: input,
        remedy: "give the layer before it \(pieces) times as many outputs as are wanted")
    }
    return input.withTrailing(input[-1] / pieces)
  }

  public var description: String { "Maxout(pieces: \(pieces))" }
}
