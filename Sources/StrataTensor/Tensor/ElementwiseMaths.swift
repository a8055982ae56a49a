// Elementwise functions, under their names in mathematics. An argument that is a temporary lends its memory
// to the result.

/// eˣ, elementwise; in `float32` within 2 ulp over the whole range.
public func exp(_ x: consuming Tensor) -> Tensor { x.mapped(by: .exp) }

/// The natural logarithm, elementwise: −∞ at 0, NaN below.
public func log(_ x: consuming Tensor) -> Tensor { x.mapped(by: .log) }

/// The hyperbolic tangent, elementwise; in `float32` within 2 ulp over the whole range.
public func tanh(_ x: consuming Tensor) -> Tensor { x.mapped(by: .tanh) }

/// σ(x) = 1 / (1 + e⁻ˣ), elementwise; in `float32` within 2 ulp over the whole range.
public func sigmoid(_ x: consuming Tensor) -> Tensor { x.mapped(by: .sigmoid) }

/// The sine of an angle in radians, elementwise.
public func sin(_ x: consuming Tensor) -> Tensor { x.mapped(by: .sin) }

/// The cosine of an angle in radians, elementwise.
public func cos(_ x: consuming Tensor) -> Tensor { x.mapped(by: .cos) }

/// eˣ − 1, elementwise, with all digits for small x too.
public func expm1(_ x: consuming Tensor) -> Tensor { x.mapped(by: .expm1) }

/// log(1 + x), elementwise, with all digits for small x too: −∞ at −1, NaN below.
public func log1p(_ x: consuming Tensor) -> Tensor { x.mapped(by: .log1p) }

/// The error function 2/√π ∫₀ˣ exp(−t²) dt, elementwise.
public func erf(_ x: consuming Tensor) -> Tensor { x.mapped(by: .erf) }

/// The angle in (−π, π] of the point (x, y), elementwise with broadcasting: the arctangent of y / x in the quadrant of
/// the signs.
public func atan2(_ y: consuming Tensor, _ x: consuming Tensor) -> Tensor { .combined(y, x, by: .atan2) }

/// The largest integer not above x, elementwise.
public func floor(_ x: consuming Tensor) -> Tensor { x.mapped(by: .floor) }

/// The smallest integer not below x, elementwise.
public func ceil(_ x: consuming Tensor) -> Tensor { x.mapped(by: .ceil) }

/// The nearest integer, elementwise, halves to the even one.
public func round(_ x: consuming Tensor) -> Tensor { x.mapped(by: .round) }

/// −1, 0 or 1 as x is negative, zero or positive, elementwise; NaN stays NaN.
public func sign(_ x: consuming Tensor) -> Tensor { x.mapped(by: .sign) }

/// A mask that is 1 where x is NaN, and 0 elsewhere.
public func isNaN(_ x: consuming Tensor) -> Tensor { x.mapped(by: .isNaN) }

/// xⁿ, elementwise; NaN for a negative x unless n is whole.
public func pow(_ x: consuming Tensor, _ n: Double) -> Tensor {
  // These are by far the most frequent powers, and as exact as products.
  switch n {
  case 2: .combined(copy x, x, by: .multiply)
  case 3: x.mapped(by: .cube)
  default: .combined(x, n, by: .power)
  }
}

/// xʸ, elementwise with broadcasting.
public func pow(_ x: consuming Tensor, _ y: consuming Tensor) -> Tensor { .combined(x, y, by: .power) }

/// The square root, elementwise.
public func sqrt(_ x: consuming Tensor) -> Tensor { x.mapped(by: .sqrt) }

/// 1 / √x, elementwise.
public func rsqrt(_ x: consuming Tensor) -> Tensor { x.mapped(by: .rsqrt) }

/// |x|, elementwise.
public func abs(_ x: consuming Tensor) -> Tensor { x.mapped(by: .abs) }

/// max(x, 0), elementwise; NaN stays NaN.
public func relu(_ x: consuming Tensor) -> Tensor { x.mapped(by: .relu) }

/// The smaller of two elements, with broadcasting; NaN where either is NaN.
public func minimum(_ a: consuming Tensor, _ b: consuming Tensor) -> Tensor {
  .combined(a, b, by: .minimum)
}

/// The larger of two elements, with broadcasting; NaN where either is NaN.
public func maximum(_ a: consuming Tensor, _ b: consuming Tensor) -> Tensor {
  .combined(a, b, by: .maximum)
}

extension Tensor {
  /// Every element moved into the range: min(max(x, lower), upper); NaN stays NaN.
  public consuming func clipped(to range: ClosedRange<Double>) -> Tensor {
    .combined(.combined(self, range.lowerBound, by: .maximum), range.upperBound, by: .minimum)
  }
}
