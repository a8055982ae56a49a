import StrataTensor

/// Two modules side by side: (y, z) = (f(x), g(w)) of a `Pair` (x, w).
///
/// ```swift
/// let towers = Both(user, item)                 // Pair<Tensor, Tensor> to Pair<Tensor, Tensor>
/// ```
///
/// Their parameters have paths that begin with `0` and `1`. The same module twice ties the two sides.
///
/// # Backward
/// Each module's own: neither depends on the other's input.
public struct Both<First: Module, Second: Module>: Container, CustomStringConvertible {
  /// f, which takes the first part.
  public let first: First
  /// g, which takes the second part.
  public let second: Second

  /// The caches of both.
  public typealias Cache = Pair<any CacheBox, any CacheBox>

  /// Two modules, each for its part of a pair.
  public init(_ first: First, _ second: Second) { (self.first, self.second) = (first, second) }

  public var children: [any Module] { [first, second] }

  public func forward(_ x: consuming Pair<First.Input, Second.Input>) -> (Pair<First.Output, Second.Output>, Cache) {
    let (y, firstCache) = forward(first, at: 0, x.first)
    let (z, secondCache) = forward(second, at: 1, x.second)
    return (Pair(y, z), Pair(firstCache, secondCache))
  }

  public func backward(
    _ dy: consuming Pair<First.Output, Second.Output>, _ cache: consuming Cache, _ gradients: inout Gradients
  ) -> Pair<First.Input, Second.Input> {
    let dz = backward(second, at: 1, dy.second, cache.second, &gradients)
    return Pair(backward(first, at: 0, dy.first, cache.first, &gradients), dz)
  }

  public func accumulate(
    _ dy: consuming Pair<First.Output, Second.Output>, _ cache: consuming Cache, _ gradients: inout Gradients
  ) {
    accumulate(second, at: 1, dy.second, cache.second, &gradients)
    accumulate(first, at: 0, dy.first, cache.first, &gradients)
  }

  public func callAsFunction(
    _ x: consuming Pair<First.Input, Second.Input>
  ) -> Pair<First.Output, Second.Output> {
    Pair(infer(first, at: 0, x.first), infer(second, at: 1, x.second))
  }

  public func outputShapes(for input: [Shape]) throws -> [Shape]? {
    guard let count = First.Input.tensorCount, count <= input.count else { return nil }
    let y = try ShapeError.locating("0") { try first.outputShapes(for: Array(input[..<count])) }
    let z = try ShapeError.locating("1") { try second.outputShapes(for: Array(input[count...])) }
    return y.flatMap { y in z.map { y + $0 } }
  }

  public var stopsGradient: Bool { first.stopsGradient && second.stopsGradient }

  public var ignoresGradient: Bool { first.ignoresGradient && second.ignoresGradient }

  public var description: String { "Both(\(first), \(second))" }
}
