import COpenBLAS

// Factors of matrices, by LAPACK in double precision; the results have the type of the operands. LAPACK lays matrices
// out column after column: what is a row here is a column there. Golub and Van Loan, "Matrix Computations".

/// Returns the X with A·X = B, for a square matrix A and a matrix B or a vector.
///
/// By elimination with row pivots, LAPACK's `dgesv`, in about ⅔·n³ operations.
///
/// - Throws: ``LinearAlgebraError/singular`` where A has no inverse.
public func solve(_ a: Tensor, _ b: Tensor) throws(LinearAlgebraError) -> Tensor {
  let order = a.requireSquare("solve")
  require(
    (1...2).contains(b.rank) && b.shape[0] == order && b.dtype == a.dtype,
    "solve: B is \(b.dtype) of shape \(b.shape); A, \(a.dtype) of \(a.shape), needs \(order) rows")
  let columns = b.rank == 2 ? b.shape[1] : 1
  guard order > 0, columns > 0 else { return b }
  guard var matrix = a.transposed.tensor.finiteElements(for: "solve"),
    var sides = b.reshaped([order, columns]).transposed.tensor.finiteElements(for: "solve")
  else { return Tensor(repeating: .nan, shape: b.shape, dtype: b.dtype) }
  var (pivots, status) = (Array(repeating: blasint(0), count: order), blasint(0))
  Runtime.withBLAS {
    dgesv_(
      [blasint(order)], [blasint(columns)], &matrix, [blasint(order)], &pivots, &sides, [blasint(order)], &status)
  }
  if status > 0 { throw .singular }
  return Tensor(sides, shape: [columns, order]).transposed.tensor.reshaped(to: b.shape).converted(to: b.dtype)
}

/// Returns the factors of A = Q·R: Q has orthonormal columns, min(m, n) of them, and R is upper triangular.
///
/// By blocks of Householder reflections, LAPACK's `dgeqrf`. The diagonal of R is not negative, which makes both factors
/// unique where A has full rank. NaN where an element of A is not finite.
public func qr(_ a: Tensor) -> (q: Tensor, r: Tensor) {
  require(a.rank == 2, "qr needs a matrix; this tensor has shape \(a.shape)")
  let (rows, columns) = (a.shape[0], a.shape[1])
  let count = min(rows, columns)
  guard count > 0 else {
    return (Tensor(zeros: [rows, count], dtype: a.dtype), Tensor(zeros: [count, columns], dtype: a.dtype))
  }
  guard var matrix = a.transposed.tensor.finiteElements(for: "qr") else {
    return (
      Tensor(repeating: .nan, shape: [rows, count], dtype: a.dtype),
      Tensor(repeating: .nan, shape: [count, columns], dtype: a.dtype)
    )
  }
  let (m, n, k) = ([blasint(rows)], [blasint(columns)], [blasint(count)])
  var scales = Array(repeating: 0.0, count: count)
  _ = callLAPACK { dgeqrf_(m, n, &matrix, m, &scales, $0, $1, $2) }
  let r = Tensor(matrix, shape: [columns, rows]).transposed.tensor[0..<count].upperTriangle()
  matrix.removeLast((columns - count) * rows)
  _ = callLAPACK { dorgqr_(m, k, k, &matrix, m, scales, $0, $1, $2) }
  let q = Tensor(matrix, shape: [count, rows]).transposed.tensor
  let diagonal = r.gathered(Tensor(arange: 0..<count).expanded(at: 1), along: 1)
  let signs = 1 - 2 * (diagonal .< 0)
  return ((q * signs.reshaped(to: [1, count])).converted(to: a.dtype), (signs * r).converted(to: a.dtype))
}

/// Returns the eigenvalues of a symmetric matrix in ascending order, and its eigenvectors, orthonormal, as the columns
/// of a matrix V: A = V·diag(λ)·Vᵀ.
///
/// By divide and conquer, LAPACK's `dsyevd`; the lower triangle alone is read. NaN where an element is not finite.
public func eigh(_ a: Tensor) -> (values: Tensor, vectors: Tensor) {
  let order = a.requireSquare("eigh")
  guard order > 0 else { return (Tensor(zeros: [0], dtype: a.dtype), a) }
  var values = Array(repeating: Double.nan, count: order)
  // The lower triangle here is the upper one there.
  guard var matrix = a.finiteElements(for: "eigh") else {
    return (
      Tensor(values, shape: [order]).converted(to: a.dtype), Tensor(repeating: .nan, shape: a.shape, dtype: a.dtype)
    )
  }
  var integers = Array(repeating: blasint(0), count: 3 + 5 * order)
  let n = [blasint(order)]
  let status = callLAPACK { work, workCount, status in
    dsyevd_("V", "U", n, &matrix, n, &values, work, workCount, &integers, [blasint(integers.count)], status, 1, 1)
  }
  if status != 0 { matrix = Array(repeating: .nan, count: order * order) }
  return (
    Tensor(values, shape: [order]).converted(to: a.dtype),
    Tensor(matrix, shape: a.shape).transposed.tensor.converted(to: a.dtype)
  )
}

/// Returns the lower triangular L with A = L·Lᵀ, for a symmetric positive definite matrix A, of which the lower triangle
/// alone is read; LAPACK's `dpotrf`.
///
/// - Throws: ``LinearAlgebraError/notPositiveDefinite``.
public func cholesky(_ a: Tensor) throws(LinearAlgebraError) -> Tensor {
  let order = a.requireSquare("cholesky")
  guard order > 0 else { return a }
  guard var matrix = a.finiteElements(for: "cholesky") else { throw .notPositiveDefinite }
  var status = blasint(0)
  Runtime.withBLAS { dpotrf_("U", [blasint(order)], &matrix, [blasint(order)], &status, 1) }
  if status > 0 { throw .notPositiveDefinite }
  return Tensor(matrix, shape: a.shape).lowerTriangle().converted(to: a.dtype)
}

extension Tensor {
  fileprivate func requireSquare(_ operation: String) -> Int {
    require(rank == 2 && shape[0] == shape[1], "\(operation) needs a square matrix; this tensor has shape \(shape)")
    return shape[0]
  }
}
