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
/// Returns eˣ − 1; the derivative is y + 1.
public func expm1(_ x: Variable) -> Variable { x.mapped("expm1", { expm1($0) }, byOutput: { $0 + 1 }) }
/// Returns log(1 + x); the derivative is 1 / (1 + x).
public func log1p(_ x: Variable) -> Variable { x.mapped("log1p", { log1p($0) }, byInput: { 1 / (1 + $0) }) }
/// Returns the error function of x; the derivative is 2/√π exp(−x²).
public func erf(_ x: Variable) -> Variable {
  x.mapped("erf", { erf($0) }, byInput: { 2 / Double.pi.squareRoot() * exp(-($0 * $0)) })
}
/// Returns the angle of the point (x, y); ∂/∂y = x / (x² + y²), ∂/∂x = −y / (x² + y²), and 0 at the origin.
public func atan2(_ y: Variable, _ x: Variable) -> Variable {
  @Sendable func square(_ point: [Variable]) -> Variable {
    let sum = point[0] * point[0] + point[1] * point[1]
    return sum.replacing(with: 1, where: sum.value .== 0)
  }
  let byY = Derivative.factor(y, keeping: [y, x]) { $0[1] / square($0) }
  let byX = Derivative.factor(x, keeping: [y, x]) { -$0[0] / square($0) }
  return Variable("atan2", atan2(y.value, x.value), of: [y, x], [byY, byX])
}
/// Returns the largest integer not above x, as a constant: the derivative is 0.
public func floor(_ x: Variable) -> Variable { Variable(floor(x.value)) }
/// Returns the smallest integer not below x, as a constant: the derivative is 0.
public func ceil(_ x: Variable) -> Variable { Variable(ceil(x.value)) }
/// Returns the nearest integer, as a constant: the derivative is 0.
public func round(_ x: Variable) -> Variable { Variable(round(x.value)) }
/// Returns the sign of x, as a constant: the derivative is 0.
public func sign(_ x: Variable) -> Variable { Variable(sign(x.value)) }
/// Returns tanh x; the derivative is 1 − y².
public func tanh(_ x: Variable) -> Variable { x.mapped("tanh", { tanh($0) }, byOutput: { 1 - $0 * $0 }) }
/// Returns 1 / (1 + e⁻ˣ); the derivative is y(1 − y).
public func sigmoid(_ x: Variable) -> Variable { x.mapped("sigmoid", { sigmoid($0) }, byOutput: { $0 * (1 - $0) }) }
/// Returns max(x, 0); the derivative is 1 where y > 0, else 0. NaN stays NaN.
public func relu(_ x: Variable) -> Variable {
  x.mapped("relu", { relu($0) }, byOutput: { Variable(1 - ($0.value .<= 0)) })
}
/// Returns |x|; the derivative is the sign of x, 0 at 0.
public func abs(_ x: Variable) -> Variable { x.mapped("abs", { abs($0) }, byInput: { sign($0) }) }
/// Returns the larger of two elements; equal ones share the derivative equally, and each has it where one is NaN.
public func maximum(_ a: Variable, _ b: Variable) -> Variable {
  let derivatives = [(a, b), (b, a)].map { own, other in
    Derivative.factor(own, keeping: [own, other]) {
      Variable(1 - ($0[0].value .< $0[1].value) - 0.5 * ($0[0].value .== $0[1].value))
    }
  }
  return Variable("maximum", maximum(a.value, b.value), of: [a, b], derivatives)
}
/// Returns the smaller of two elements; equal ones share the derivative equally, and each has it where one is NaN.
public func minimum(_ a: Variable, _ b: Variable) -> Variable { -maximum(-a, -b) }
/// Returns xʸ; ∂/∂x = y·xʸ⁻¹, ∂/∂y = xʸ log x, which is 0 at x = 0 for a y ≥ 0.
public func pow(_ x: Variable, _ y: Variable) -> Variable {
  let byX = Derivative.factor(x, keeping: [x, y]) { kept in
    .where(kept[1].value .!= 0, kept[1] * pow(kept[0], kept[1] - 1), 0)
  }
  let byY = Derivative.factor(y, keeping: [x, y]) { kept in
    let isZero = (kept[0].value .== 0) * (kept[1].value .>= 0)
    return .where(1 - isZero, pow(kept[0], kept[1]) * log(kept[0].replacing(with: 1, where: isZero)), 0)
  }
  return Variable("pow", pow(x.value, y.value), of: [x, y], [byX, byY])
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

/// Returns log Σⱼ exp(xⱼ) along an axis, which is removed unless `keepingAxis`, stable for any x. The derivative is
/// softmax(x), and 0 where all x are −∞.
public func logSumExp(_ x: Variable, along axis: Int = -1, keepingAxis: Bool = false) -> Variable {
  // Not exp(x − y), for y is rounded as its largest x is, which may be far more than 1.
  let largest = x.value.max(along: axis, keepingAxis: true)
  let shift = Variable(largest.replacing(with: 0, where: abs(largest) .== .infinity))
  let shares: Derivative.Map = { d, kept in
    let powers = exp(kept[0] - kept[1])
    let total = powers.sum(along: axis, keepingAxes: true)
    return d * (powers / total.replacing(with: 1, where: total.value .== 0))
  }
  let derivative = Derivative(
    kept: [x, shift], push: { shares($0, $1).sum(along: axis, keepingAxes: true) }, pull: shares)
  let y = logSumExp(x.value, along: axis, keepingAxis: true)
  return Variable("logSumExp", y, of: [x], [derivative]).without([axis], unless: keepingAxis)
}

extension Variable {
  /// Returns every element moved into the range; the derivative is 1 inside it and at its ends, else 0.
  public func clipped(to range: ClosedRange<Double>) -> Variable {
    mapped(
      "clipped", { $0.clipped(to: range) },
      byInput: { x in
        Variable((x.value .>= range.lowerBound) * (x.value .<= range.upperBound))
      })
  }
}
