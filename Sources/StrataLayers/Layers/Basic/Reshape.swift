import StrataTensor

/// The axes of each example made others: [B, …] becomes [B, shape].
///
/// - Shapes: x has any axes after the batch's whose lengths multiply to as many elements.
///
/// # Backward
/// dy gets the shape of x. The cache is that shape; no element moves.
public struct Reshape: Layer, CustomStringConvertible {
  /// The shape of one example.
  public let shape: Shape

  /// The values that `backward` reads.
  public struct Cache: Sendable {
    let shape: Shape
  }

  /// A layer that gives each example this shape; the batch axis is not part of it.
  public init(_ shape: Shape) { self.shape = shape }

  public func forward(_ x: consuming Tensor) -> (Tensor, Cache) {
    let old = x.shape
    requireInput(old)
    return (x.reshaped(to: output(old)), Cache(shape: old))
  }

  public func backward(
    _ dy: consuming Tensor, _ cache: consuming Cache, _ gradients: inout Gradients
  ) -> Tensor { dy.reshaped(to: cache.shape) }

  public func outputShape(for input: Shape) throws -> Shape {
    guard input.rank > 0, input.rowShape.count == shape.count else {
      throw ShapeError(
        description, expected: "[B, …] with \(shape.count) elements an example", input: input,
        remedy: "reshape to as many as there are", assumedOutput: output(input))
    }
    return output(input)
  }

  private func output(_ input: Shape) -> Shape { Shape(input.lengths.prefix(1) + shape.lengths) }

  public var description: String { "Reshape(\(shape))" }
}
