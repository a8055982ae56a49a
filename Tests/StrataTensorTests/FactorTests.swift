import StrataTensor
import Testing

/// Factors of matrices: their products are the matrix again, and they have the form that they should.
@Suite(.seeded) struct FactorTests {
  func worst(_ a: Tensor, _ b: Tensor) -> Double { a.count == 0 ? 0 : abs(a - b).max().item }

  @Test(arguments: [DType.float32, .float64], [1, 2, 5, 40, 130])
  func `a system is solved for vectors and matrices`(dtype: DType, order: Int) throws {
    let a = randomTensor([order, order], dtype) + Double(order) * Tensor(eye: order, dtype: dtype)
    for shape in [[order], [order, 3]] as [Shape] {
      let x = randomTensor(shape, dtype, seed: 3)
      let b = matmul(a, x.reshaped([order, -1])).reshaped(to: shape)
      let solution = try solve(a, b)
      #expect(solution.shape == shape && solution.dtype == dtype)
      #expect(worst(solution, x) < 100 * epsilon(of: dtype))
    }
  }

  @Test func `what cannot be solved is said`() throws {
    #expect(throws: LinearAlgebraError.singular) { try solve([[1, 2], [2, 4]], [1, 1]) }
    #expect(throws: LinearAlgebraError.notPositiveDefinite) { try cholesky([[1, 2], [2, 1]]) }
    #expect(throws: LinearAlgebraError.notPositiveDefinite) { try cholesky([[.nan, 0], [0, 1]]) }
    #expect("\(LinearAlgebraError.singular)" == "the matrix is singular: it has no inverse")
    #expect("\(LinearAlgebraError.notPositiveDefinite)" == "the matrix is not positive definite")
    #expect(isNaN(try solve([[.nan, 0], [0, 1]], [1, 1])).sum().item == 2)
    #expect(
      try solve(Tensor(zeros: [0, 0]), Tensor(zeros: [0])).shape == [0] && cholesky(Tensor(zeros: [0, 0])).count == 0)
    #expect(isNaN(qr([[.infinity, 0]]).r).sum().item == 2 && isNaN(eigh([[.nan]]).values).sum().item == 1)
  }

  @Test(
    arguments: [DType.float32, .float64],
    [[1, 1], [3, 3], [7, 4], [4, 7], [100, 65], [65, 100], [0, 3], [3, 0]] as [Shape])
  func `Q has orthonormal columns and R is triangular`(dtype: DType, shape: Shape) {
    let a = randomTensor(shape, dtype)
    let (q, r) = qr(a)
    let count = Swift.min(shape[0], shape[1])
    #expect(q.shape == [shape[0], count] && r.shape == [count, shape[1]] && q.dtype == dtype && r.dtype == dtype)
    #expect(worst(matmul(q, r), a) < 200 * epsilon(of: dtype))
    #expect(worst(matmul(q.transposed, q), Tensor(eye: count, dtype: dtype)) < 50 * epsilon(of: dtype))
    #expect(r == r.upperTriangle() && (0..<count).allSatisfy { r[$0, $0] >= 0 })
  }

  @Test(arguments: [DType.float32, .float64], [1, 2, 5, 60])
  func `eigenvalues rise, and eigenvectors make the matrix again`(dtype: DType, order: Int) {
    let x = randomTensor([order, order], dtype)
    let a = x + x.transposed.tensor
    // The upper triangle is not read.
    let (values, vectors) = eigh(a.lowerTriangle())
    #expect(values.shape == [order] && values == values.sorted().values && vectors.dtype == dtype)
    #expect(worst(matmul(vectors * values, vectors.transposed), a) < 500 * epsilon(of: dtype))
    #expect(worst(matmul(vectors.transposed, vectors), Tensor(eye: order, dtype: dtype)) < 50 * epsilon(of: dtype))
    #expect(eigh(Tensor(zeros: [0, 0])).values.shape == [0])
  }

  @Test(arguments: [DType.float32, .float64], [1, 3, 70])
  func `the root of a positive definite matrix is triangular`(dtype: DType, order: Int) throws {
    let x = randomTensor([order, order], dtype)
    let a = matmul(x, x.transposed) + Tensor(eye: order, dtype: dtype)
    let l = try cholesky(a.lowerTriangle())
    #expect(l == l.lowerTriangle() && worst(matmul(l, l.transposed), a) < 500 * epsilon(of: dtype))
  }
}
