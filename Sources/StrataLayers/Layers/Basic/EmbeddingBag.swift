import StrataTensor

/// y = Σₙ W[iₙ], or their mean or largest: the rows of a table that the indices of a bag name, combined.
///
/// Indices of padding do not count, and make bags of unequal sizes: a bag of padding alone gives zeros.
///
/// - Shapes: the indices are `int32` [B, N]; W is [count, dimension]; y is [B, dimension].
///
/// # Backward
/// dW[r] is the sum of dy over the bags and places whose index is r, divided for the mean by the number that the bag
/// counts; for the largest each element of dy goes to the first row that has it. Indices have no gradient. The cache is the
/// indices, and for the largest the places. `isSparse` is that of an ``Embedding``.
public struct EmbeddingBag: Layer, CustomStringConvertible {
  /// How the rows of a bag become one.
  public enum Combination: Sendable {
    /// Their sum.
    case sum
    /// Their mean.
    case mean
    /// The largest of each column.
    case max
  }

  /// W, of shape [count, dimension].
  public let weight: Parameter

  /// How the rows of a bag become one.
  public let combination: Combination

  /// The index that stands for no row; nil where all count.
  public let paddingIndex: Int?

  /// Whether the gradient holds the rows looked up alone.
  public let isSparse: Bool

  /// The values that `backward` reads.
  public struct Cache: Sendable {
    let indices: Tensor
    let places: Tensor?
  }

  /// A table with freshly initialized rows, drawn from the standard normal distribution unless said otherwise.
  public init(
    _ count: Int, _ dimension: Int, combination: Combination = .mean,
    initializer: Initializer = .normal(standardDeviation: 1), paddingIndex: Int? = nil, isSparse: Bool = false
  ) {
    let table = Embedding(count, dimension, initializer: initializer, paddingIndex: paddingIndex)
    self.init(weight: table.weight, combination: combination, paddingIndex: paddingIndex, isSparse: isSparse)
  }

  /// A table given as a parameter, which other layers may share.
  public init(
    weight: Parameter, combination: Combination = .mean, paddingIndex: Int? = nil, isSparse: Bool = false
  ) {
    self.weight = Embedding(weight: weight, paddingIndex: paddingIndex).weight
    self.combination = combination
    self.paddingIndex = paddingIndex
    self.isSparse = isSparse
  }

  public func forward(_ x: consuming Tensor) -> (Tensor, Cache) {
    let indices = x
    requireInput(indices.shape)
    if let reason = Embedding(weight: weight).refusal(of: indices) { stop("\(self) \(reason)") }
    let rows = weight.value.gathered(rows: indices)
    guard combination == .max else {
      return ((rows * shares(of: indices, rows.dtype)).sum(along: 1), Cache(indices: indices, places: nil))
    }
    let counts = counts(indices)
    let (largest, places) = rows.replacing(with: -.infinity, where: 1 - counts).maxWithIndices(along: 1)
    return (largest.replacing(with: 0, where: 1 - counts.max(along: 1)), Cache(indices: indices, places: places))
  }

  public func backward(_ dy: consuming Tensor, _ cache: consuming Cache, _ gradients: inout Gradients) -> Tensor {
    let dx = Tensor(zeros: cache.indices.shape, dtype: dy.dtype)
    accumulate(dy, cache, &gradients)
    return dx
  }

  public func accumulate(_ dy: consuming Tensor, _ cache: consuming Cache, _ gradients: inout Gradients) {
    let (indices, dtype) = (cache.indices, dy.dtype)
    let dy = dy.expanded(at: 1)
    guard let places = cache.places else {
      return gradients.addRows(of: dy * shares(of: indices, dtype), at: indices, to: weight, isSparse: isSparse)
    }
    let shape = Shape(indices.shape.lengths + [weight.shape[1]])
    let rows = Tensor(zeros: shape, dtype: dtype).scattering(dy, at: places.expanded(at: 1), along: 1)
    let counted = rows.replacing(with: 0, where: 1 - counts(indices))
    gradients.addRows(of: counted, at: indices, to: weight, isSparse: isSparse)
  }

  /// 1 where an index counts, 0 where it is padding, [B, N, 1].
  private func counts(_ indices: Tensor) -> Tensor { (indices .!= Double(paddingIndex ?? -1)).expanded(at: -1) }

  /// What each row is multiplied by, [B, N, 1].
  private func shares(of indices: Tensor, _ dtype: DType) -> Tensor {
    let counts = counts(indices).converted(to: dtype)
    guard combination == .mean else { return counts }
    return counts / maximum(counts.sum(along: 1, keepingAxis: true), Tensor(ones: [], dtype: dtype))
  }

  /// True: indices have no gradient.
  public var stopsGradient: Bool { true }

  public func outputShape(for input: Shape) throws -> Shape {
    guard input.rank == 2, input[1] > 0 else {
      throw ShapeError(
        description, expected: "[B, N]", input: input, remedy: "give it bags of N indices; pad shorter ones")
    }
    return [input[0], weight.shape[1]]
  }

  public var description: String {
    "EmbeddingBag(\(weight.shape[0]), \(weight.shape[1]), combination: .\(combination))"
  }
}
