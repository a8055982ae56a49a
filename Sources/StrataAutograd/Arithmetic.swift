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
  // Where the matrices of a meet one matrix b, their rows are those of one matrix.
  let isOne = b.shape.rank == 2
  let byA = Derivative(kept: [b], push: { matmul($0, $1[0]) }) { [shape = a.shape] dy, b in
    product(dy, b[0]) { matmul($0, $1.transposed) }.summed(to: shape)
  }
  let byB = Derivative(kept: [a], push: { matmul($1[0], $0) }) { [shape = b.shape] dy, a in
    let (a, dy) = isOne ? (a[0].asMatrix, dy.asMatrix) : (a[0], dy)
    return product(a, dy) { matmul($0.transposed, $1) }.summed(to: shape)
  }
  return Variable("matmul", matmul(a.value, b.value), of: [a, b], [byA, byB])
}

/// Returns a bilinear operation inside a pullback, where variables have tangents but no place on a tape.
private func product(_ a: Variable, _ b: Variable, _ multiply: (Tensor, Tensor) -> Tensor) -> Variable {
  let parts = [a.tangent.map { multiply($0, b.value) }, b.tangent.map { multiply(a.value, $0) }].compactMap { $0 }
  return Variable(multiply(a.value, b.value), tangent: parts.dropFirst().reduce(parts.first) { $0! + $1 })
}
