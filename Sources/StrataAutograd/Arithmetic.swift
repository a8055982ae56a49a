import StrataTensor

// Arithmetic, elementwise with broadcasting, between variables and with numbers.
extension Variable {
  /// Returns a + b; ∂/∂a = 1, ∂/∂b = 1.
  public static func + (a: Variable, b: Variable) -> Variable {
    Variable("+", a.value + b.value, of: [a, b], [.one(a), .one(b)])
  }
  public static func + (a: Variable, b: Double) -> Variable { a + a.constant(b) }
  public static func + (a: Double, b: Variable) -> Variable { b.constant(a) + b }

  /// Returns a − b; ∂/∂a = 1, ∂/∂b = −1.
  public static func - (a: Variable, b: Variable) -> Variable {
    let minusOne = Derivative(push: { db, _ in -db }, pull: { [shape = b.shape] dy, _ in -dy.summed(to: shape) })
    return Variable("−", a.value - b.value, of: [a, b], [.one(a), minusOne])
  }
  public static func - (a: Variable, b: Double) -> Variable { a - a.constant(b) }
  public static func - (a: Double, b: Variable) -> Variable { b.constant(a) - b }

  /// Returns a · b; ∂/∂a = b, ∂/∂b = a. The product of matrices is `matmul(a, b)`.
  public static func * (a: Variable, b: Variable) -> Variable {
    let derivatives = [Derivative.factor(a, keeping: [b]) { $0[0] }, .factor(b, keeping: [a]) { $0[0] }]
    return Variable("·", a.value * b.value, of: [a, b], derivatives)
  }
  public static func * (a: Variable, b: Double) -> Variable { a * a.constant(b) }
  public static func * (a: Double, b: Variable) -> Variable { b.constant(a) * b }

  /// Returns a / b; ∂/∂a = 1/b, ∂/∂b = −a/b².
  public static func / (a: Variable, b: Variable) -> Variable {
    // Not −a / (b · b), whose divisor may overflow, or vanish, where the quotient does neither.
    let byB = Derivative.factor(b, keeping: [a, b]) { -($0[0] / $0[1]) / $0[1] }
    return Variable("/", a.value / b.value, of: [a, b], [.factor(a, keeping: [b]) { 1 / $0[0] }, byB])
  }
  public static func / (a: Variable, b: Double) -> Variable { a / a.constant(b) }
  public static func / (a: Double, b: Variable) -> Variable { b.constant(a) / b }

  /// Returns −a; ∂/∂a = −1.
  public static prefix func - (a: Variable) -> Variable { a.mapped("−", { -$0 }, transposed: { -$0 }) }
}

/// Returns a·b for matrices, or for batches of them whose leading axes broadcast; ā = ȳ·bᵀ, b̄ = aᵀ·ȳ, summed over the
/// axes that were broadcast.
public func matmul(_ a: Variable, _ b: Variable) -> Variable {
  // Where the matrices of a meet one matrix b, their rows are those of one.
  guard b.shape.rank == 2, a.shape.rank > 2 else { return product((a, false), (b, false)) }
  return product((a.asMatrix, false), (b, false)).reshaped(to: a.shape.withTrailing(b.shape[1]))
}

/// Returns the product of two factors, each of them transposed if it says so; its derivatives are such products.
private func product(_ a: (x: Variable, isTransposed: Bool), _ b: (x: Variable, isTransposed: Bool)) -> Variable {
  let (isA, isB) = (a.isTransposed, b.isTransposed)
  let byA = Derivative(kept: [b.x], push: { product(($0, isA), ($1[0], isB)) }) { [shape = a.x.shape] dy, b in
    (isA ? product((b[0], isB), (dy, true)) : product((dy, false), (b[0], !isB))).summed(to: shape)
  }
  let byB = Derivative(kept: [a.x], push: { product(($1[0], isA), ($0, isB)) }) { [shape = b.x.shape] dy, a in
    (isB ? product((dy, true), (a[0], isA)) : product((a[0], !isA), (dy, false))).summed(to: shape)
  }
  return Variable("matmul", product(of: a, and: b), of: [a.x, b.x], [byA, byB])
}

private func product(of a: (x: Variable, isTransposed: Bool), and b: (x: Variable, isTransposed: Bool)) -> Tensor {
  let (left, right) = (a.x.value, b.x.value)
  switch (a.isTransposed, b.isTransposed) {
  case (false, false): return matmul(left, right)
  case (true, false): return matmul(left.transposed, right)
  case (false, true): return matmul(left, right.transposed)
  case (true, true): return matmul(left.transposed, right.transposed)
  }
}
