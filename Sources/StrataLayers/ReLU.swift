import StrataTensor

/// y = max(x, 0), elementwise.
///
/// - Shapes: any; y has the shape of x.
///
/// # Backward
/// dx = dy where y > 0, else 0; at x = 0 the subgradient 0 is taken. A NaN in x comes out as NaN.
/// The cache is y, which the next layer keeps as well: no memory of its own.
public struct ReLU: Layer, CustomStringConvertible {
  public struct Cache: Sendable {
    let y: Tensor
  }

  public init() {}

  public func forward(_ x: consuming Tensor) -> (Tensor, Cache) {
    let y = relu(x)
    return (y, Cache(y: y))
  }

  public func backward(
    _ dy: consuming Tensor, _ cache: consuming Cache, _ gradients: inout Gradients
  ) -> Tensor {
    dy.multiplied(byDerivative: .relu, at: cache.y)
  }

  public func callAsFunction(_ x: consuming Tensor) -> Tensor { relu(x) }

  public var description: String { "ReLU()" }
}
