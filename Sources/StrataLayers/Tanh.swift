import StrataTensor

/// y = tanh(x), elementwise.
///
/// - Shapes: any; y has the shape of x.
///
/// # Backward
/// tanh' = 1 − tanh², so dx = dy · (1 − y²).
/// The cache is y, which the next layer keeps as well: no memory of its own.
public struct Tanh: Layer, CustomStringConvertible {
  public struct Cache: Sendable {
    let y: Tensor
  }

  public init() {}

  public func forward(_ x: consuming Tensor) -> (Tensor, Cache) {
    let y = tanh(x)
    return (y, Cache(y: y))
  }

  public func backward(
    _ dy: consuming Tensor, _ cache: consuming Cache, _ gradients: inout Gradients
  ) -> Tensor {
    dy.multiplied(byDerivative: .tanh, at: cache.y)
  }

  public func callAsFunction(_ x: consuming Tensor) -> Tensor { tanh(x) }

  public var description: String { "Tanh()" }
}
