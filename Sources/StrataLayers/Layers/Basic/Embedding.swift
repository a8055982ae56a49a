import StrataTensor

/// yᵢ = W[iᵢ]: the rows of a table that indices name.
///
/// - Shapes: the indices are `int32` [B], [B, T] or of any other shape; W is [count, dimension]; y is [B, T, dimension].
///
/// # Backward
/// A lookup is the product of one-hot rows with W, so dW[r] is the sum of the rows of dy whose index is r, in
/// their order. Indices have no gradient: zeros of their shape stand for it. The cache is the indices.
///
/// A row of padding, `paddingIndex`, starts as zeros and receives no gradient.
///
/// With `isSparse` the gradient is a ``RowGradient`` of the rows looked up, and a step of `SGD` without momentum, of
/// `Adagrad` or of `SparseAdam` moves these alone: it takes as long with ten million rows as with a thousand. Any other
/// optimizer, weight decay, and a use of the table whose gradient is not sparse make it a gradient in full, with the
/// same numbers.
///
/// PyTorch's indices are `int64`: see the article "Differences from PyTorch".
public struct Embedding: Layer, CustomStringConvertible {
  /// W, of shape [count, dimension].
  public let weight: Parameter

  /// The index whose row stays as it is; nil where all learn.
  public let paddingIndex: Int?

  /// Whether the gradient holds the rows looked up alone.
  public let isSparse: Bool

  /// The values that `backward` reads.
  public struct Cache: Sendable {
    let indices: Tensor
  }

  /// A table with freshly initialized rows, drawn from the standard normal distribution unless said
  /// otherwise; the row of padding is zeros.
  public init(
    _ count: Int, _ dimension: Int, initializer: Initializer = .normal(standardDeviation: 1),
    paddingIndex: Int? = nil, isSparse: Bool = false
  ) {
    require(count > 0 && dimension > 0, "Embedding(\(count), \(dimension)): both sizes must be positive")
    var table = initializer.tensor([count, dimension], fanIn: count, fanOut: dimension)
    if let paddingIndex, 0..<count ~= paddingIndex { table[paddingIndex] = Tensor(zeros: [dimension]) }
    self.init(weight: Parameter(table), paddingIndex: paddingIndex, isSparse: isSparse)
  }

  /// A table given as a parameter, which other layers may share.
  public init(weight: Parameter, paddingIndex: Int? = nil, isSparse: Bool = false) {
    require(weight.shape.rank == 2, "Embedding: a table has shape [count, dimension], not \(weight.shape)")
    require(
      paddingIndex.map { 0..<weight.shape[0] ~= $0 } ?? true,
      "Embedding: paddingIndex \(paddingIndex ?? 0) is no row of a table of \(weight.shape[0])")
    self.weight = weight
    self.paddingIndex = paddingIndex
    self.isSparse = isSparse
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
    addRows(of: dy, at: cache.indices, to: &gradients)
    return dx
  }

  public func accumulate(_ dy: consuming Tensor, _ cache: consuming Cache, _ gradients: inout Gradients) {
    addRows(of: dy, at: cache.indices, to: &gradients)
  }

  /// Adds rows of dy to the gradient, but for those of padding.
  private func addRows(of dy: Tensor, at indices: Tensor, to gradients: inout Gradients) {
    guard let paddingIndex else { return gradients.addRows(of: dy, at: indices, to: weight, isSparse: isSparse) }
    let isPadding = (indices .== Double(paddingIndex)).expanded(at: -1)
    gradients.addRows(of: dy.replacing(with: 0, where: isPadding), at: indices, to: weight, isSparse: isSparse)
  }

  /// True: indices have no gradient.
  public var stopsGradient: Bool { true }

  public func outputShape(for input: Shape) throws -> Shape { Shape(input.lengths + [weight.shape[1]]) }

  public var description: String {
    "Embedding(\(weight.shape[0]), \(weight.shape[1])\(isSparse ? ", isSparse: true" : ""))"
  }
}
