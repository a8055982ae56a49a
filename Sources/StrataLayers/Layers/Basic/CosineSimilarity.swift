import StrataTensor

/// y = a·b / max(‖a‖ ‖b‖, ε) of the rows of two inputs.
///
/// - Shapes: a and b are [B, …, D] of one shape; y is [B, …].
///
/// # Backward
/// With c = y: da = dy (b − c a ‖b‖ / ‖a‖) / (‖a‖ ‖b‖), likewise db; where the norms' product is below ε, da = dy b / ε. The
/// cache is a and b.
public struct CosineSimilarity: Module, CustomStringConvertible {
  /// ε, the least that the product of the norms counts.
  public let epsilon: Double

  /// The values that `backward` reads.
  public struct Cache: Sendable {
    let first: Tensor
    let second: Tensor
  }

  /// A layer with this ε.
  public init(epsilon: Double = 1e-8) {
    requireOption("CosineSimilarity: epsilon", epsilon, .positive)
    self.epsilon = epsilon
  }

  public func forward(_ x: consuming Pair<Tensor, Tensor>) -> (Tensor, Cache) {
    let x = x
    do { _ = try outputShapes(for: x.shapes) } catch { stop("\(error)") }
    let (a, b) = (x.first, x.second)
    let (dot, product, _, _) = parts(a, b)
    return ((dot / product).squeezed(-1), Cache(first: a, second: b))
  }

  public func backward(
    _ dy: consuming Tensor, _ cache: consuming Cache, _ gradients: inout Gradients
  ) -> Pair<Tensor, Tensor> {
    let dy = dy
    let (a, b) = (cache.first, cache.second)
    dy.requireGradient(of: description, Shape(a.shape.lengths.dropLast()), a.dtype)
    let (dot, product, squareA, squareB) = parts(a, b)
    let slope = dy.expanded(at: -1) / product
    // Where ε stands in the place of the norms, they have no slope.
    let cosines = (dot / product).replacing(with: 0, where: product .<= epsilon)
    func rest(_ square: Tensor) -> Tensor { cosines * product / square.replacing(with: 1, where: square .== 0) }
    return Pair(slope * (b - rest(squareA) * a), slope * (a - rest(squareB) * b))
  }

  private func parts(_ a: Tensor, _ b: Tensor) -> (dot: Tensor, product: Tensor, squareA: Tensor, squareB: Tensor) {
    func sum(_ x: Tensor) -> Tensor { x.sum(along: -1, keepingAxis: true) }
    let (squareA, squareB) = (sum(a * a), sum(b * b))
    let product = maximum(sqrt(squareA) * sqrt(squareB), Tensor(repeating: epsilon, shape: [], dtype: a.dtype))
    return (sum(a * b), product, squareA, squareB)
  }

  public func outputShapes(for input: [Shape]) throws -> [Shape]? {
    guard input.count == 2, input[0] == input[1], input[0].rank >= 2 else {
      throw ShapeError(
        description, expected: "[B, …, D] twice", input: input, remedy: "give it two inputs of one shape")
    }
    return [Shape(input[0].lengths.dropLast())]
  }

  public var description: String { "CosineSimilarity()" }
}
