// Arithmetic and comparison, elementwise with NumPy's broadcasting. An operand that is a temporary
// lends its memory to the result.

infix operator .== : ComparisonPrecedence
infix operator .!= : ComparisonPrecedence
infix operator .< : ComparisonPrecedence
infix operator .<= : ComparisonPrecedence
infix operator .> : ComparisonPrecedence
infix operator .>= : ComparisonPrecedence

extension Tensor {
  /// a + b, elementwise.
  public static func + (a: consuming Tensor, b: consuming Tensor) -> Tensor { combined(a, b, by: .add) }
  public static func + (a: consuming Tensor, b: Double) -> Tensor { combined(a, b, by: .add) }
  public static func + (a: Double, b: consuming Tensor) -> Tensor { combined(a, b, by: .add) }
  public static func += (a: inout Tensor, b: Tensor) { combine(&a, b, by: .add) }
  public static func += (a: inout Tensor, b: Double) { a = combined(consume a, b, by: .add) }

  /// a − b, elementwise.
  public static func - (a: consuming Tensor, b: consuming Tensor) -> Tensor { combined(a, b, by: .subtract) }
  public static func - (a: consuming Tensor, b: Double) -> Tensor { combined(a, b, by: .subtract) }
  public static func - (a: Double, b: consuming Tensor) -> Tensor { combined(a, b, by: .subtract) }
  public static func -= (a: inout Tensor, b: Tensor) { combine(&a, b, by: .subtract) }
  public static func -= (a: inout Tensor, b: Double) { a = combined(consume a, b, by: .subtract) }

  /// a · b, elementwise. The product of matrices is `matmul(a, b)`.
  public static func * (a: consuming Tensor, b: consuming Tensor) -> Tensor { combined(a, b, by: .multiply) }
  public static func * (a: consuming Tensor, b: Double) -> Tensor { combined(a, b, by: .multiply) }
  public static func * (a: Double, b: consuming Tensor) -> Tensor { combined(a, b, by: .multiply) }
  public static func *= (a: inout Tensor, b: Tensor) { combine(&a, b, by: .multiply) }
  public static func *= (a: inout Tensor, b: Double) { a = combined(consume a, b, by: .multiply) }

  /// a / b, elementwise.
  public static func / (a: consuming Tensor, b: consuming Tensor) -> Tensor { combined(a, b, by: .divide) }
  public static func / (a: consuming Tensor, b: Double) -> Tensor { combined(a, b, by: .divide) }
  public static func / (a: Double, b: consuming Tensor) -> Tensor { combined(a, b, by: .divide) }
  public static func /= (a: inout Tensor, b: Tensor) { combine(&a, b, by: .divide) }
  public static func /= (a: inout Tensor, b: Double) { a = combined(consume a, b, by: .divide) }

  /// −a, elementwise.
  public static prefix func - (a: consuming Tensor) -> Tensor { a.mapped(by: .negate) }
}

// Comparisons give a mask of the operands' type: 1 where they hold, 0 elsewhere. A comparison with NaN does
// not hold, but for `.!=`.
extension Tensor {
  /// 1 where a = b, else 0.
  public static func .== (a: consuming Tensor, b: consuming Tensor) -> Tensor { combined(a, b, by: .equal) }
  public static func .== (a: consuming Tensor, b: Double) -> Tensor { combined(a, b, by: .equal) }

  /// 1 where a ≠ b, else 0.
  public static func .!= (a: consuming Tensor, b: consuming Tensor) -> Tensor {
    combined(a, b, by: .notEqual)
  }
  public static func .!= (a: consuming Tensor, b: Double) -> Tensor { combined(a, b, by: .notEqual) }

  /// 1 where a < b, else 0.
  public static func .< (a: consuming Tensor, b: consuming Tensor) -> Tensor { combined(a, b, by: .less) }
  public static func .< (a: consuming Tensor, b: Double) -> Tensor { combined(a, b, by: .less) }

  /// 1 where a ≤ b, else 0.
  public static func .<= (a: consuming Tensor, b: consuming Tensor) -> Tensor {
    combined(a, b, by: .lessEqual)
  }
  public static func .<= (a: consuming Tensor, b: Double) -> Tensor { combined(a, b, by: .lessEqual) }

  /// 1 where a > b, else 0.
  public static func .> (a: consuming Tensor, b: consuming Tensor) -> Tensor { combined(a, b, by: .greater) }
  public static func .> (a: consuming Tensor, b: Double) -> Tensor { combined(a, b, by: .greater) }

  /// 1 where a ≥ b, else 0.
  public static func .>= (a: consuming Tensor, b: consuming Tensor) -> Tensor {
    combined(a, b, by: .greaterEqual)
  }
  public static func .>= (a: consuming Tensor, b: Double) -> Tensor { combined(a, b, by: .greaterEqual) }
}
