/// The matrix product a·b.
///
/// `a` is [M, K] and `b` is [K, N], either one a ``Tensor/transposed`` tensor at no cost. A tensor
/// of more axes as `a` is taken as a matrix of its last axis: [B, T, K] · [K, N] is [B, T, N].
///
/// Sums have one order for any number of workers. In `float32` on CPUs with AVX-512, where the product is Strata's own,
/// a row of the result has the same bits whatever other rows `a` has; OpenBLAS does not promise that.
public func matmul(_ a: some MatrixFactor, _ b: some MatrixFactor) -> Tensor {
  let product = MatrixProductShape(a, b)
  let result = Tensor(uninitialized: product.result, dtype: a.matrix.dtype)
  product.multiply(a, b, into: result)
  return result
}

/// The affine map x·w + bias, bias of shape [N] repeated over the rows.
package func matmul(_ x: Tensor, _ w: some MatrixFactor, adding bias: Tensor) -> Tensor {
  let product = MatrixProductShape(x, w)
  require(
    bias.shape == [product.columns] && bias.dtype == x.dtype,
    "matmul adding a bias: the bias must be \(x.dtype) of shape [\(product.columns)], "
      + "not \(bias.dtype) of \(bias.shape)")
  let result = Tensor(uninitialized: product.result, dtype: x.dtype)
  product.multiply(x, w, into: result, bias: bias)
  return result
}

extension Tensor {
  /// self += a·b, with no tensor made for the product.
  public mutating func addProduct(_ a: some MatrixFactor, _ b: some MatrixFactor) {
    let product = MatrixProductShape(a, b)
    require(
      product.result == shape && a.matrix.dtype == dtype,
      "addProduct: the product is \(a.matrix.dtype) of shape \(product.result), the sum \(dtype) of \(shape)")
    if !isKnownUniquelyReferenced(&storage) { self = copied() }
    product.multiply(a, b, into: self, adds: true)
  }
}

/// The checked sizes of a product, and how it is cut into blocks.
private struct MatrixProductShape {
  let rows: Int
  let columns: Int
  let depth: Int
  let result: Shape

  init(_ a: some MatrixFactor, _ b: some MatrixFactor) {
    let (left, right) = (a.matrix, b.matrix)
    func form(_ factor: some MatrixFactor) -> String {
      factor.isTransposed ? "\(factor.matrix.shape) transposed" : "\(factor.matrix.shape)"
    }
    require(
      left.dtype == right.dtype,
      "matmul: one factor is \(left.dtype), the other \(right.dtype); convert one with converted(to:)")
    require(
      left.rank >= 2 && right.rank == 2,
      "matmul: needs matrices, not shapes \(form(a)) and \(form(b)); reshape a vector to [1, n] or [n, 1]")
    let inner: Int
    if a.isTransposed {
      (rows, inner) = (left.shape[1], left.shape[0])
      result = [rows, right.shape[b.isTransposed ? 0 : 1]]
    } else {
      inner = left.shape[-1]
      rows = left.shape.lengths.dropLast().reduce(1, *)
      result = left.shape.withTrailing(right.shape[b.isTransposed ? 0 : 1])
    }
    columns = result[-1]
    depth = inner
    let (other, outer) = (right.shape[b.isTransposed ? 1 : 0], right.shape[b.isTransposed ? 0 : 1])
    require(
      inner == other,
      "matmul: \(form(a)) · \(form(b)): the inner lengths \(inner) and \(other) differ"
        + (inner == outer ? "; is the second to be transposed?" : ""))
  }

  /// The grid of blocks: a function of the sizes alone, so that the bits do not depend on the workers.
  ///
  /// Two blocks, four for large products: each further block packs an operand again. The longer side is
  /// cut first; edges lie at multiples of 16, the width of the vector kernels.
  private var grid: (rows: Int, columns: Int) {
    let work = rows * columns * depth
    let blocks = work < 1 << 15 ? 1 : work < 1 << 27 ? 2 : work < 1 << 31 ? 4 : 16
    var grid = (rows: 1, columns: 1)
    while grid.rows * grid.columns < blocks {
      let (height, width) = (rows / grid.rows, columns / grid.columns)
      if max(height, width) < 32 { break }
      if height >= width { grid.rows *= 2 } else { grid.columns *= 2 }
    }
    return grid
  }

  func multiply(
    _ a: some MatrixFactor, _ b: some MatrixFactor, into result: Tensor, adds: Bool = false, bias: Tensor? = nil
  ) {
    WorkMeter.count(products: 1, multiplyAdds: rows * columns * depth)
    guard result.count > 0 else { return }
    result.dtype.withKernels(for: "matmul") { multiply(a, b, into: result, adds: adds, bias: bias, $0) }
  }

  private func multiply<T: KernelScalar>(
    _ a: some MatrixFactor, _ b: some MatrixFactor, into result: Tensor, adds: Bool, bias: Tensor?, _ type: T.Type
  ) {
    let (left, right) = (a.matrix, b.matrix)
    let (x, y, z) = (left.pointer(type), right.pointer(type), result.mutablePointer(type))
    let (xWidth, yWidth) = (left.shape[-1], right.shape[-1])
    let grid = self.grid
    let height = blockEdge(rows, grid.rows)
    let width = blockEdge(columns, grid.columns)
    let (down, across) = ((rows - 1) / height + 1, (columns - 1) / width + 1)
    parallel(over: down * across, grain: 1) { range in
      for block in range {
        let (row, column) = (block / across * height, block % across * width)
        let (m, n) = (min(height, rows - row), min(width, columns - column))
        let target = z + row * columns + column
        let bias = bias.map { $0.pointer(type) + column }
        let factor = b.isTransposed ? y + column * yWidth : y + column
        if depth == 1 && !adds && bias == nil {
          for r in 0..<m { T.binary(.multiply)(n, x + row + r, 0, y + column, 1, target + r * columns) }
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
