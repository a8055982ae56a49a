import StrataTensor

/// One module after the other: y = g(f(x)).
///
/// ```swift
/// let model = towers.then(Linear(64, 1))
/// ```
///
/// What `first` gives, `second` takes, so modules of any inputs and outputs compose, and layers with them. Their
/// parameters have paths that begin with `0` and `1`.
///
/// # Backward
/// By the chain rule, g's backward and then f's.
public struct Chain<First: Module, Second: Module>: Container, CustomStringConvertible
where First.Output == Second.Input {
  /// f, which runs first.
  public let first: First
  /// g, which runs on what f gives.
  public let second: Second

  /// The caches of those that run backward.
  public struct Cache: Sendable {
    var first: (any CacheBox)?
    var second: (any CacheBox)?
    /// The kind of the input, where no gradient reaches it.
    let stopped: GroupKind<First.Input>?
  }

  /// The composition of two modules.
  public init(_ first: First, _ second: Second) { (self.first, self.second) = (first, second) }

  public var children: [any Module] { [first, second] }

  public func forward(_ x: consuming First.Input) -> (Second.Output, Cache) {
    var cache = Cache(stopped: stopsGradient ? GroupKind(of: x) : nil)
    let (y, firstBox) = forward(first, at: 0, x)
    if isFirstReached { cache.first = firstBox }
    let (z, secondBox) = forward(second, at: 1, y)
    if !second.ignoresGradient { cache.second = secondBox }
    return (z, cache)
  }

  /// Whether f has a backward to run.
  private var isFirstReached: Bool { !second.stopsGradient && !first.ignoresGradient }

  public func backward(
    _ dy: consuming Second.Output, _ cache: consuming Cache, _ gradients: inout Gradients
  ) -> First.Input {
    if let stopped = cache.stopped {
      accumulate(dy, cache, &gradients)
      return stopped.zeros
    }
    let dy = backward(second, at: 1, dy, cache.second.take()!, &gradients)
    return backward(first, at: 0, dy, cache.first.take()!, &gradients)
  }

  public func accumulate(
    _ dy: consuming Second.Output, _ cache: consuming Cache, _ gradients: inout Gradients
  ) {
    guard let box = cache.second.take() else { return }
    guard isFirstReached else { return accumulate(second, at: 1, dy, box, &gradients) }
    let dy = backward(second, at: 1, dy, box, &gradients)
    accumulate(first, at: 0, dy, cache.first.take()!, &gradients)
  }

  public func callAsFunction(_ x: consuming First.Input) -> Second.Output {
    infer(second, at: 1, infer(first, at: 0, x))
  }

  public func outputShapes(for input: [Shape]) throws -> [Shape]? {
    guard let shapes = try ShapeError.locating("0", { try first.outputShapes(for: input) }) else { return nil }
    return try ShapeError.locating("1") { try second.outputShapes(for: shapes) }
  }

  public var stopsGradient: Bool { first.stopsGradient || second.stopsGradient }

  public var ignoresGradient: Bool { second.ignoresGradient }

  public var description: String { "\(first).then(\(second))" }
}

extension Chain: Layer where First: Layer, Second: Layer {
  public func outputShape(for input: Shape) throws -> Shape {
    let shape = try ShapeError.locating("0") { try first.outputShape(for: input) }
    return try ShapeError.locating("1") { try second.outputShape(for: shape) }
  }
}

extension Module {
  /// Returns this module followed by another, which takes what this one gives.
  public func then<Next: Module>(_ next: Next) -> Chain<Self, Next> where Next.Input == Output { Chain(self, next) }
}
