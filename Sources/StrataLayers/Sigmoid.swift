import StrataTensor

/// y = σ(x) = 1 / (1 + e⁻ˣ), elementwise.
///
/// - Shapes: any; y has the shape of x.
///
/// # Backward
/// σ' = σ(1 − σ), so dx = dy · y(1 − y).
/// The cache is y, which the next layer keeps as well: no memory of its own.
public struct Sigmoid: Layer, CustomStringConvertible {
  public struct Cache: Sendable {
    let y: Tensor
  }

  public init() {}

  public func forward(_ x: consuming Tensor) -> (Tensor, Cache) {
    let y = sigmoid(x)
    return (y, Cache(y: y))
  }

  public func backward(
    _ dy: consuming Tensor, _ cache: consuming Cache, _ gradients: inout Gradients
  ) -> Tensor {
    dy.multiplied(byDerivative: .sigmoid, at: cache.y)
  }

  public func callAsFunction(_ x: consuming Tensor) -> Tensor { sigmoid(x) }

  public var description: String { "Sigmoid()" }
}
