/// The matrix product a·b.
///
/// `a` is [M, K] and `b` is [K, N], either one a ``Tensor/transposed`` tensor at no cost. Tensors of more axes are
/// batches of matrices, whose leading axes broadcast: [B, H, T, K] · [B, 1, K, N] is [B, H, T, N], and
/// [B, T, K] · [K, N] is [B, T, N].
///
/// Sums have one order for any number of workers. In `float32` on CPUs with AVX-512, where the product is Strata's own,
/// a row of the result has the same bits whatever other rows `a` has; OpenBLAS does not promise that.
public func matmul(_ a: some MatrixFactor, _ b: some MatrixFactor) -> Tensor {
  let product = Matmul(a, b)
  let result = Tensor(uninitialized: product.result, dtype: product.a.matrix.dtype)
  product.multiply(into: result)
  return result
}

/// The affine map x·w + bias, bias of shape [N] repeated over the rows.
package func matmul(_ x: Tensor, _ w: some MatrixFactor, adding bias: Tensor) -> Tensor {
  let product = Matmul(x, w)
  require(
    bias.shape == [product.columns] && bias.dtype == x.dtype,
    "matmul adding a bias: the bias must be \(x.dtype) of shape [\(product.columns)], "
      + "not \(bias.dtype) of \(bias.shape)")
  let result = Tensor(uninitialized: product.result, dtype: x.dtype)
  product.multiply(into: result, bias: bias)
  return result
}

extension Tensor {
  /// self += a·b, with no tensor made for the product.
  public mutating func addProduct(_ a: some MatrixFactor, _ b: some MatrixFactor) {
    let product = Matmul(a, b)
    require(
      product.result == shape && product.a.matrix.dtype == dtype,
      "addProduct: the product is \(product.a.matrix.dtype) of shape \(product.result), the sum \(dtype) of \(shape)")
    if !isKnownUniquelyReferenced(&storage) { self = copied() }
    product.multiply(into: self, adds: true)
  }
}

/// A product of two factors: its checked sizes, and how it is cut into blocks.
private struct Matmul {
  /// A factor as one type: code that is generic over two more would not be specialized for each pair.
  struct Factor {
    let matrix: Tensor
    let isTransposed: Bool

    init(_ factor: some MatrixFactor) { (matrix, isTransposed) = (factor.matrix, factor.isTransposed) }

    var form: String { isTransposed ? "\(matrix.shape) transposed" : "\(matrix.shape)" }
  }

  let a: Factor
  let b: Factor
  let rows: Int
  let columns: Int
  let depth: Int
  let result: Shape

  /// The leading axes of the result, and where the matrices for them begin in each factor.
  private struct Batch {
    let shape: Shape
    let left: Layout
    let right: Layout
  }

  /// nil where there is one product, which must not pay for more.
  private let batch: Batch?

  private var batchCount: Int { batch?.shape.count ?? 1 }

  init(_ left: some MatrixFactor, _ right: some MatrixFactor) {
    let (a, b) = (Factor(left), Factor(right))
    (self.a, self.b) = (a, b)
    let (left, right) = (a.matrix, b.matrix)
    require(
      left.dtype == right.dtype,
      "matmul: one factor is \(left.dtype), the other \(right.dtype); convert one with converted(to:)")
    require(
      left.rank >= 2 && right.rank >= 2,
      "matmul: needs matrices, not shapes \(a.form) and \(b.form); reshape a vector to [1, n] or [n, 1]")
    let (height, inner) = a.isTransposed ? (left.shape[-1], left.shape[-2]) : (left.shape[-2], left.shape[-1])
    let (outer, width) = b.isTransposed ? (right.shape[-1], right.shape[-2]) : (right.shape[-2], right.shape[-1])
    require(
      inner == outer,
      "matmul: \(a.form) · \(b.form): the inner lengths \(inner) and \(outer) differ"
        + (inner == width ? "; is the second to be transposed?" : ""))
    (columns, depth) = (width, inner)
    if right.rank == 2 && !a.isTransposed {
      // The rows of all matrices meet the same factor: they are those of one.
      (rows, batch) = (left.shape.lengths.dropLast().reduce(1, *), nil)
      result = left.shape.withTrailing(width)
    } else if right.rank == 2 && left.rank == 2 {
      (rows, batch, result) = (height, nil, [height, width])
    } else {
      let shape = Broadcast([left.shape.leading, right.shape.leading], for: "matmul").shape
      batch = Batch(
        shape: shape, left: Layout(left.shape).matrices(for: shape), right: Layout(right.shape).matrices(for: shape))
      (rows, result) = (height, Shape(shape.lengths + [height, width]))
    }
  }

  /// The grid of blocks of each matrix: a function of the sizes alone, so that the bits do not depend on the workers.
  ///
  /// Two blocks, four for large products: each further block packs an operand again. The longer side is
  /// cut first; edges lie at multiples of 16, the width of the vector kernels.
  private var grid: (rows: Int, columns: Int) {
    let work = rows * columns * depth
    let wanted = work < 1 << 15 ? 1 : work < 1 << 27 ? 2 : work < 1 << 31 ? 4 : 16
    let blocks = (wanted - 1) / max(1, batchCount) + 1
    var grid = (rows: 1, columns: 1)
    while grid.rows * grid.columns < blocks {
      let (height, width) = (rows / grid.rows, columns / grid.columns)
      if max(height, width) < 32 { break }
      if height >= width { grid.rows *= 2 } else { grid.columns *= 2 }
    }
    return grid
  }

  func multiply(into result: Tensor, adds: Bool = false, bias: Tensor? = nil) {
    WorkMeter.count(products: batchCount, multiplyAdds: batchCount * rows * columns * depth)
    guard result.count > 0 else { return }
    result.dtype.withKernels(for: "matmul") { multiply(into: result, adds: adds, bias: bias, $0) }
  }

  private func multiply<T: KernelScalar>(into result: Tensor, adds: Bool, bias: Tensor?, _ type: T.Type) {
    let (x, y, z) = (a.matrix.pointer(type), b.matrix.pointer(type), result.mutablePointer(type))
    let (xWidth, yWidth) = (a.matrix.shape[-1], b.matrix.shape[-1])
    let grid = self.grid
    let height = blockEdge(rows, grid.rows)
    let width = blockEdge(columns, grid.columns)
    let (down, across) = ((rows - 1) / height + 1, (columns - 1) / width + 1)
    let grain = batch == nil ? 1 : max(1, (1 << 15) / max(1, height * width * depth))
    parallel(over: batchCount * down * across, grain: grain) { range in
      for block in range {
        let (index, cell) = block.quotientAndRemainder(dividingBy: down * across)
        let (x, y) = batch.map { (x + $0.left.offset(of: index), y + $0.right.offset(of: index)) } ?? (x, y)
        let (row, column) = (cell / across * height, cell % across * width)
        let (m, n) = (min(height, rows - row), min(width, columns - column))
        let target = z + (index * rows + row) * columns + column
        let bias = bias.map { $0.pointer(type) + column }
        let factor = b.isTransposed ? y + column * yWidth : y + column
        if depth == 1 && !adds && bias == nil {
          for r in 0..<m { T.binary(.multiply)!(n, x + row + r, 0, y + column, 1, target + r * columns) }
          continue
        }
        let start = a.isTransposed ? x + row : x + row * xWidth
        func multiply(_ steps: Range<Int>, adds: Bool, bias: UnsafePointer<T>?) {
          let (front, count) = (steps.lowerBound, steps.count)
          T.gemm(
            a.isTransposed, b.isTransposed, m, n, count, start + front * (a.isTransposed ? xWidth : 1), xWidth,
            factor + front * (b.isTransposed ? 1 : yWidth), yWidth, adds: adds, bias: bias, target, columns)
        }
        multiply(0..<min(depth, Self.deepest), adds: adds, bias: bias)
        if depth > Self.deepest {
          var totals = Tensor(zeros: [m, n], dtype: .float64)
          let total = totals.uniqueMutablePointer(Double.self)
          func addTarget() {
            for i in 0..<m { for j in 0..<n { total[i * n + j] += target[i * columns + j].asDouble } }
          }
          addTarget()
          for front in stride(from: Self.deepest, to: depth, by: Self.deepest) {
            multiply(front..<min(depth, front + Self.deepest), adds: false, bias: nil)
            addTarget()
          }
          for i in 0..<m { for j in 0..<n { target[i * columns + j] = T(total[i * n + j]) } }
          withExtendedLifetime(totals) {}
        }
      }
    }
  }

  /// A deeper product is summed in parts of this depth, which are added in double precision: the error of `float32` does
  /// not grow with the depth.
  private static let deepest = 1 << 16

  /// The length of the blocks that cut `length` into `count`, a multiple of 16.
  private func blockEdge(_ length: Int, _ count: Int) -> Int {
    count == 1 ? length : ((length + count - 1) / count + 15) / 16 * 16
  }
}

extension Shape {
  /// The axes before the last two.
  fileprivate var leading: Shape { Shape(Array(lengths.dropLast(2))) }
}

extension Layout {
  /// Returns where the matrices in the last two axes begin, for leading axes broadcast to `batch`.
  fileprivate func matrices(for batch: Shape) -> Layout {
    var leading = self
    leading.lengths.removeLast(2)
    leading.strides.removeLast(2)
    return leading.broadcast(to: batch)
  }

  /// The place of an element, counted in row-major order.
  fileprivate func offset(of index: Int) -> Int {
    var (place, rest) = (offset, index)
    for axis in lengths.indices.reversed() {
      place += rest % lengths[axis] * strides[axis]
      rest /= lengths[axis]
    }
    return place
  }
}
