import StrataTensor

// Factors of matrices. Their derivatives are composed of the same operations; see Giles, "Collected Matrix Derivative
// Results for Forward and Reverse Mode Algorithmic Differentiation", 2008.

/// Returns the X with A·X = B; b̄ = A⁻ᵀ·x̄, ā = −b̄·Xᵀ.
///
/// - Throws: `LinearAlgebraError.singular` where A has no inverse.
public func solve(_ a: Variable, _ b: Variable) throws(LinearAlgebraError) -> Variable {
  if b.shape.rank == 1 { return try solve(a, b.expanded(at: 1)).squeezed(1) }
  let y = try solve(a.value, b.value)
  let byA = Derivative(
    kept: [a], keepsOutput: true, push: { da, kept in -solved(kept[0], matmul(da, kept[1])) },
    pull: { dy, kept in -matmul(solved(kept[0].transposed, dy), kept[1].transposed) })
  let byB = Derivative(
    kept: [a], push: { db, kept in solved(kept[0], db) }, pull: { dy, kept in solved(kept[0].transposed, dy) })
  return Variable("solve", y, of: [a, b], [byA, byB])
}

/// Returns the solution for a matrix that is known to have an inverse, and NaN where rounding finds that it has none.
private func solved(_ a: Variable, _ b: Variable) -> Variable {
  (try? solve(a, b)) ?? Variable(Tensor(repeating: .nan, shape: b.shape, dtype: b.dtype))
}

/// Returns the lower triangular L with A = L·Lᵀ; ā = ½ L⁻ᵀ·(P + Pᵀ)·L⁻¹, where P is the lower triangle of Lᵀ·l̄ with half
/// the diagonal. It is symmetric, as A is.
///
/// - Throws: `LinearAlgebraError.notPositiveDefinite`.
public func cholesky(_ a: Variable) throws(LinearAlgebraError) -> Variable {
  let y = try cholesky(a.value)
  let derivative = Derivative(keepsOutput: true) { dy, kept in
    let l = kept[0]
    let product = matmul(l.transposed, dy.lowerTriangle())
    let half = 0.5 * (product.lowerTriangle() + product.lowerTriangle(-1))
    return 0.5 * solved(l.transposed, solved(l.transposed, half + half.transposed).transposed)
  }
  return Variable("cholesky", y, of: [a], [derivative])
}

/// Returns the eigenvalues of a symmetric matrix in ascending order, and its eigenvectors as the columns of V; for both
/// together ā = V·(diag(λ̄) + E ⊙ Vᵀ·v̄)·Vᵀ, E_ij = 1 / (λ_j − λ_i) and 0 for i = j.
///
/// Where eigenvalues are equal, the eigenvectors have no derivative, which is then infinite or NaN. An eigenvector may
/// change its sign, so use what does not depend on it.
public func eigh(_ a: Variable) -> (values: Variable, vectors: Variable) {
  let (values, vectors) = eigh(a.value)
  let byValues = Derivative(kept: [a]) { dy, kept in
    let v = eigh(kept[0]).vectors
    return matmul(v * dy.expanded(at: 0), v.transposed)
  }
  let byVectors = Derivative(kept: [a]) { dy, kept in
    let (l, v) = eigh(kept[0])
    let isSame = Tensor(eye: l.shape[0], dtype: .int32)
    let gaps = (l.expanded(at: 0) - l.expanded(at: 1)).replacing(with: 1, where: isSame)
    let turned = (matmul(v.transposed, dy) / gaps).replacing(with: 0, where: isSame)
    return matmul(matmul(v, turned), v.transposed)
  }
  return (Variable("eigenvalues", values, of: [a], [byValues]), Variable("eigenvectors", vectors, of: [a], [byVectors]))
}

/// Returns the factors of A = Q·R; with M = R·r̄ᵀ − q̄ᵀ·Q, ā = (q̄ + Q·sym(M))·R⁻ᵀ, where sym(M) has the lower triangle of M,
/// and its mirror image above the diagonal.
///
/// A must have at least as many rows as columns, and full rank.
public func qr(_ a: Variable) -> (q: Variable, r: Variable) {
  require(
    a.shape.rank == 2 && a.shape[0] >= a.shape[1],
    "qr of a variable needs a matrix of at least as many rows as columns, not shape \(a.shape)")
  let (q, r) = qr(a.value)
  @Sendable func pulled(_ dq: Variable?, _ m: Variable, _ q: Variable, _ r: Variable) -> Variable {
    let product = matmul(q, m.lowerTriangle() + m.lowerTriangle(-1).transposed)
    let sum = dq.map { $0 + product } ?? product
    return solved(r, sum.transposed).transposed
  }
  let byQ = Derivative(kept: [a]) { dq, kept in
    let (q, r) = qr(kept[0])
    return pulled(dq, -matmul(dq.transposed, q), q, r)
  }
  let byR = Derivative(kept: [a]) { dr, kept in
    let (q, r) = qr(kept[0])
    return pulled(nil, matmul(r, dr.upperTriangle().transposed), q, r)
  }
  return (Variable("q", q, of: [a], [byQ]), Variable("r", r, of: [a], [byR]))
}
