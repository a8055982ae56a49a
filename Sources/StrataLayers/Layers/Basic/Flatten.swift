import StrataTensor

/// All axes but the batch's made one: [B, …] becomes [B, D].
///
/// # Backward
/// dy gets the shape of x. The cache is that shape; no element moves.
public struct Flatten: Layer, CustomStringConvertible {
  /// What `backward` needs of one `forward`.
  public struct Cache: Sendable {
    let shape: Shape
  }

  /// Creates the layer.
  public init() {}

  public func forward(_ x: consuming Tensor) -> (Tensor, Cache) {
    let shape = x.shape
    if shape.rank == 0 { requireInput(shape) }
    return (x.reshaped(to: flattened(shape)), Cache(shape: shape))
  }

  public func backward(
    _ dy: consuming Tensor, _ cache: consuming Cache, _ gradients: inout Gradients
  ) -> Tensor { dy.reshaped(to: cache.shape) }

  public func outputShape(for input: Shape) throws -> Shape {
    guard input.rank > 0 else {
      throw ShapeError(description, expected: "[B, …]", input: input, remedy: "give it a batch axis")
    }
    return flattened(input)
  }

  private func flattened(_ shape: Shape) -> Shape { [shape[0], shape.rowShape.count] }

  public var description: String { "Flatten()" }
}
