import StrataTensor

// Elementwise functions, with their derivatives, and functions of rows.

/// Returns eˣ; the derivative is y.
public func exp(_ x: Variable) -> Variable { x.mapped("exp", { exp($0) }, byOutput: { $0 }) }
/// Returns the natural logarithm of x; the derivative is 1/x.
public func log(_ x: Variable) -> Variable { x.mapped("log", { log($0) }, byInput: { 1 / $0 }) }
/// Returns the square root of x; the derivative is 1 / 2y.
public func sqrt(_ x: Variable) -> Variable { x.mapped("sqrt", { sqrt($0) }, byOutput: { 0.5 / $0 }) }
/// Returns sin x; the derivative is cos x.
public func sin(_ x: Variable) -> Variable { x.mapped("sin", { sin($0) }, byInput: { cos($0) }) }
/// Returns cos x; the derivative is −sin x.
public func cos(_ x: Variable) -> Variable { x.mapped("cos", { cos($0) }, byInput: { -sin($0) }) }
/// Returns tanh x; the derivative is 1 − y².
public func tanh(_ x: Variable) -> Variable { x.mapped("tanh", { tanh($0) }, byOutput: { 1 - $0 * $0 }) }
/// Returns 1 / (1 + e⁻ˣ); the derivative is y(1 − y).
public func sigmoid(_ x: Variable) -> Variable { x.mapped("sigmoid", { sigmoid($0) }, byOutput: { $0 * (1 - $0) }) }
/// Returns max(x, 0); the derivative is 1 where y > 0, else 0. NaN stays NaN.
public func relu(_ x: Variable) -> Variable {
  x.mapped("relu", { relu($0) }, byOutput: { Variable(1 - ($0.value .<= 0)) })
}
/// Returns |x|; the derivative is the sign of x, 0 at 0.
public func abs(_ x: Variable) -> Variable {
  x.mapped("abs", { abs($0) }, byInput: { Variable(($0.value .> 0) - ($0.value .< 0)) })
}
/// Returns xⁿ for a number n; the derivative is n·xⁿ⁻¹.
public func pow(_ x: Variable, _ n: Double) -> Variable {
  let exponent = Int(exactly: n).map { "\($0)" } ?? "\(n)"
  return x.mapped("^" + exponent, { pow($0, n) }, byInput: { n == 0 ? $0.constant(0) : n * pow($0, n - 1) })
}

/// Returns exp(xᵢ) / Σⱼ exp(xⱼ) along the last axis, stable for any finite x.
public func softmax(_ x: Variable) -> Variable { exp(logSoftmax(x)) }

/// Returns xᵢ − log Σⱼ exp(xⱼ) along the last axis, stable for any finite x.
public func logSoftmax(_ x: Variable) -> Variable { x - logSumExp(x, keepingAxis: true) }

/// Returns log Σⱼ exp(xⱼ) along the last axis, which is removed unless `keepingAxis`. It is computed as
/// m + log Σⱼ exp(xⱼ − m) with the largest element m, stable for any finite x; ∂/∂m is 0, so m is a constant.
public func logSumExp(_ x: Variable, keepingAxis: Bool = false) -> Variable {
  let m = Variable(x.value.max(along: -1, keepingAxis: true))
  let y = m + log(exp(x - m).sum(along: -1, keepingAxes: true))
  return keepingAxis ? y : y.reshaped(to: Shape(x.shape.lengths.dropLast()))
}
