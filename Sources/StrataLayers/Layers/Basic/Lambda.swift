import StrataTensor

/// y = f(x) for a function given with its backward: a layer without a named type.
///
/// ```swift
/// let sine = Lambda("sin", forward: { x in (sin(x), x) }, backward: { dy, x in dy * cos(x) })
/// ```
///
/// - Shapes: y has the shape of x unless `outputShape` says otherwise.
///
/// # Backward
/// The second closure: dL/dx of dL/dy and of what the first one returned beside y.
///
/// Parameters that a closure captures cannot be found: a layer that learns needs its own type, a ``Layer``.
public struct Lambda<Cache: Sendable>: Layer, CustomStringConvertible {
  /// What messages and summaries call it.
  public let name: String

  private let function: @Sendable (Tensor) -> (Tensor, Cache)
  private let derivative: @Sendable (Tensor, Cache) -> Tensor
  private let shape: @Sendable (Shape) throws -> Shape

  /// A layer of these closures.
  public init(
    _ name: String = "Lambda", forward: @escaping @Sendable (_ x: Tensor) -> (Tensor, Cache),
    backward: @escaping @Sendable (_ dy: Tensor, _ cache: Cache) -> Tensor,
    outputShape: @escaping @Sendable (_ input: Shape) throws -> Shape = { $0 }
  ) {
    self.name = name
    function = forward
    derivative = backward
    shape = outputShape
  }

  public func forward(_ x: consuming Tensor) -> (Tensor, Cache) { function(x) }

  public func backward(
    _ dy: consuming Tensor, _ cache: consuming Cache, _ gradients: inout Gradients
  ) -> Tensor { derivative(dy, cache) }

  public func outputShape(for input: Shape) throws -> Shape { try shape(input) }

  public var description: String { name }
}
