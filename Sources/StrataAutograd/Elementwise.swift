import StrataTensor

// Functions of each element, with their derivatives, and those of the elements of a row.

/// eˣ; its derivative is y.
public func exp(_ x: Variable) -> Variable { x.mapped("exp", { exp($0) }, byOutput: { $0 }) }
/// The natural logarithm; its derivative is 1/x.
public func log(_ x: Variable) -> Variable { x.mapped("log", { log($0) }, byInput: { 1 / $0 }) }
/// The square root; its derivative is 1 / 2y.
public func sqrt(_ x: Variable) -> Variable { x.mapped("sqrt", { sqrt($0) }, byOutput: { 0.5 / $0 }) }
/// The sine; its derivative is cos x.
public func sin(_ x: Variable) -> Variable { x.mapped("sin", { sin($0) }, byInput: { cos($0) }) }
/// The cosine; its derivative is −sin x.
public func cos(_ x: Variable) -> Variable { x.mapped("cos", { cos($0) }, byInput: { -sin($0) }) }
/// The hyperbolic tangent; its derivative is 1 − y².
public func tanh(_ x: Variable) -> Variable { x.mapped("tanh", { tanh($0) }, byOutput: { 1 - $0 * $0 }) }
/// 1 / (1 + e⁻ˣ); its derivative is y(1 − y).
public func sigmoid(_ x: Variable) -> Variable { x.mapped("sigmoid", { sigmoid($0) }, byOutput: { $0 * (1 - $0) }) }
/// max(x, 0); its derivative is 1 where y > 0, else 0. NaN stays NaN.
public func relu(_ x: Variable) -> Variable {
  x.mapped("relu", { relu($0) }, byOutput: { Variable(1 - ($0.value .<= 0)) })
}
/// |x|; its derivative is the sign of x, 0 at 0.
public func abs(_ x: Variable) -> Variable {
  x.mapped("abs", { abs($0) }, byInput: { Variable(($0.value .> 0) - ($0.value .< 0)) })
}
/// xⁿ for a number n; its derivative is n·xⁿ⁻¹.
public func pow(_ x: Variable, _ n: Double) -> Variable {
  let exponent = Int(exactly: n).map { "\($0)" } ?? "\(n)"
  return x.mapped("^" + exponent, { pow($0, n) }, byInput: { n == 0 ? $0.constant(0) : n * pow($0, n - 1) })
}

/// exp(xᵢ) / Σⱼ exp(xⱼ) along the last axis, stable for any finite x.
public func softmax(_ x: Variable) -> Variable { exp(logSoftmax(x)) }

/// xᵢ − log Σⱼ exp(xⱼ) along the last axis, stable for any finite x.
public func logSoftmax(_ x: Variable) -> Variable { x - logSumExp(x, keepingAxis: true) }

/// log Σⱼ exp(xⱼ) along the last axis, which goes away unless it is kept, stable for any finite x: with the largest
/// element m, m + log Σⱼ exp(xⱼ − m), where m may count as a constant, for its derivative is 0.
public func logSumExp(_ x: Variable, keepingAxis: Bool = false) -> Variable {
  let m = Variable(x.value.max(along: -1, keepingAxis: true))
  let y = m + log(exp(x - m).sum(along: -1, keepingAxes: true))
  return keepingAxis ? y : y.reshaped(to: Shape(x.shape.lengths.dropLast()))
}
