import CStrataKernels
import StrataTensor

/// yᵢ = W[iᵢ]: the rows of a table that indices name.
///
/// - Shapes: the indices are `int32` [B], [B, T] or of any other shape; W is [count, dimension]; y is [B, T, dimension].
///
/// # Backward
/// A lookup is the product of one-hot rows with W, so dW[r] is the sum of the rows of dy whose index is r, in
/// their order. Indices have no gradient: zeros of their shape stand for it. The cache is the indices.
public struct Embedding: Layer, CustomStringConvertible {
  /// W, of shape [count, dimension].
  public let weight: Parameter

  /// What `backward` needs of one `forward`.
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
    let dtype = x.dtype
    require(dtype == .int32, "\(self) takes int32 indices, not \(dtype); convert them with converted(to: .int32)")
    let count = weight.shape[0]
    for index in x.elements(Int32.self) where index < 0 || index >= count {
      stop("\(self): index \(index) is out of range, 0 to \(count - 1)")
    }
    return (weight.value.gathered(rows: x), Cache(indices: x))
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

extension Tensor {
  /// Zeros of this shape, with the rows of `x` added where `indices` (`int32`) say: what gathering is the transpose of.
  package init(zeros shape: Shape, adding x: Tensor, at indices: Tensor) {
    let width = shape.rowShape.count
    var table = Tensor(zeros: [shape[0], width], dtype: x.dtype)
    table.addRows(of: x.reshaped(to: [indices.count, width]), at: indices.reshaped(to: [indices.count]))
    self = table.reshaped(to: shape)
  }

  /// self[indices[r]] += x[r] for each row r in order.
  mutating func addRows(of x: Tensor, at indices: Tensor) {
    let (table, rows) = (shape, indices.elements(Int32.self))
    require(
      indices.dtype == .int32 && x.dtype == dtype && x.shape.lengths == indices.shape.lengths + [table[1]]
        && rows.allSatisfy { 0..<table[0] ~= Int($0) },
      "addRows: \(x.dtype) of \(x.shape) and \(indices.dtype) indices of \(indices.shape) do not fit "
        + "\(dtype) of \(table)")
    switch dtype {
    case .float32: addRows(x, rows, strata_add_rows_f32)
    case .float64: addRows(x, rows, strata_add_rows_f64)
    case .int32: refuseIntegers("addRows")
    }
  }

  /// Workers take columns, so that each element's sum keeps the order of the rows.
  private mutating func addRows<T: TensorScalar>(
    _ x: Tensor, _ rows: UnsafeBufferPointer<Int32>,
    _ loop: (Int, Int, Int, UnsafePointer<T>, UnsafePointer<Int32>, UnsafeMutablePointer<T>) -> Void
  ) {
    let (width, source, target) = (shape[1], x.pointer(T.self), uniqueMutablePointer(T.self))
    parallel(over: width, grain: Swift.max(32, elementGrain / 2 / (rows.count + 1))) { range in
      let first = range.lowerBound
      loop(rows.count, range.count, width, source + first, rows.baseAddress!, target + first)
    }
  }
}
