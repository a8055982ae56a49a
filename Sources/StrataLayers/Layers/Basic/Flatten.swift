import StrataTensor

/// Several neighbouring axes made one: [B, …] becomes [B, D], or with `from: 2` [B, T, …] becomes [B, T, D].
///
/// # Backward
/// dy gets the shape of x. The cache is that shape; no element moves.
public struct Flatten: Layer, CustomStringConvertible {
  /// The first axis that is taken in, not that of the batch.
  public let first: Int

  /// The last axis that is taken in; −1 is the last of all.
  public let last: Int

  /// The values that `backward` reads.
  public struct Cache: Sendable {
    let shape: Shape
  }

  /// A layer that makes one of the axes from one to another, all but the batch's unless said otherwise.
  public init(from first: Int = 1, to last: Int = -1) {
    require(
      first >= 1 && (last < 0 || last >= first),
      "Flatten(from: \(first), to: \(last)): the axes go from 1 or a later one to one behind it; axis 0 is the batch")
    (self.first, self.last) = (first, last)
  }

  public func forward(_ x: consuming Tensor) -> (Tensor, Cache) {
    let shape = x.shape
    requireInput(shape)
    return (x.reshaped(to: flattened(shape)), Cache(shape: shape))
  }

  public func backward(
    _ dy: consuming Tensor, _ cache: consuming Cache, _ gradients: inout Gradients
  ) -> Tensor { dy.reshaped(to: cache.shape) }

  public func outputShape(for input: Shape) throws -> Shape {
    let end = end(input)
    guard input.rank > end && end >= first || isDefault && input.rank == 1 else {
      throw ShapeError(
        description, expected: isDefault ? "[B, …]" : "[B, …] with axes \(first) to \(last)", input: input,
        remedy: input.rank == 0 ? "give it a batch axis" : "name axes that the input has")
    }
    return flattened(input)
  }

  /// The last axis that is taken in, counted from the front.
  private func end(_ shape: Shape) -> Int { last < 0 ? last + shape.rank : last }

  private func flattened(_ shape: Shape) -> Shape {
    let lengths = shape.lengths
    // Of [B] alone each example becomes a row of one number.
    if lengths.count == 1 { return [lengths[0], 1] }
    let end = end(shape)
    return Shape(lengths[..<first] + [lengths[first...end].reduce(1, *)] + lengths[(end + 1)...])
  }

  private var isDefault: Bool { first == 1 && last == -1 }

  public var description: String { isDefault ? "Flatten()" : "Flatten(from: \(first), to: \(last))" }
}
