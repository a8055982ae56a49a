import StrataTensor

/// yᵢ = W[iᵢ]: the rows of a table that indices name.
///
/// - Shapes: the indices are `int32` [B], [B, T] or of any other shape; W is [count, dimension]; y is [B, T, dimension].
///
/// # Backward
/// A lookup is the product of one-hot rows with W, so dW[r] is the sum of the rows of dy whose index is r, in
/// their order. Indices have no gradient: zeros of their shape stand for it. The cache is the indices.
///
/// PyTorch's indices are `int64`: see the article "Differences from PyTorch".
public struct Embedding: Layer, CustomStringConvertible {
  /// W, of shape [count, dimension].
  public let weight: Parameter

  /// The values that `backward` reads.
  public struct Cache: Sendable {
    let indices: Tensor
  }

  /// A table with freshly initialized rows, drawn from the standard normal distribution unless said
  /// otherwise.
  public init(_ count: Int, _ dimension: Int, initializer: Initializer = .normal(standardDeviation: 1)) {
    require(count > 0 && dimension > 0, "Embedding(\(count), \(dimension)): both sizes must be positive")
    self.init(weight: Parameter(initializer.tensor([count, dimension], fanIn: count, fanOut: dimension)))
  }

  /// A table given as a parameter, which other layers may share.
  public init(weight: Parameter) {
    require(weight.shape.rank == 2, "Embedding: a table has shape [count, dimension], not \(weight.shape)")
    self.weight = weight
  }

  public func forward(_ x: consuming Tensor) -> (Tensor, Cache) {
    if let reason = refusal(of: x) { stop("\(self) \(reason)") }
    return (weight.value.gathered(rows: x), Cache(indices: x))
  }

  /// Why the table has no rows for these indices; nil where it has.
  package func refusal(of indices: borrowing Tensor) -> String? {
    let (dtype, count) = (indices.dtype, weight.shape[0])
    if dtype != .int32 {
      return "takes int32 indices, not \(dtype): make them with Tensor(labels:) or converted(to: .int32)"
    }
    let stray = indices.elements(Int32.self).first { $0 < 0 || $0 >= count }
    return stray.map { "has no row \($0): indices go from 0 to \(count - 1); make the table larger, or mend the data" }
  }

  public func backward(_ dy: consuming Tensor, _ cache: consuming Cache, _ gradients: inout Gradients) -> Tensor {
    let dx = Tensor(zeros: cache.indices.shape, dtype: dy.dtype)
    gradients.addRows(of: dy, at: cache.indices, to: weight)
    return dx
  }

  public func accumulate(_ dy: consuming Tensor, _ cache: consuming Cache, _ gradients: inout Gradients) {
    gradients.addRows(of: dy, at: cache.indices, to: weight)
  }

  /// True: indices have no gradient.
  public var stopsGradient: Bool { true }

  public func outputShape(for input: Shape) throws -> Shape { Shape(input.lengths + [weight.shape[1]]) }

  public var description: String { "Embedding(\(weight.shape[0]), \(weight.shape[1]))" }
}
