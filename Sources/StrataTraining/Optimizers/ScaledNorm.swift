import Foundation

/// A norm as scale · root: of elements so large or small that double precision cannot hold their squares.
struct ScaledNorm {
  /// A power of two.
  let scale: Double
  let root: Double

  /// The norm; infinite where it is beyond a double.
  var value: Double { scale * root }

  /// The largest power of two that is not above the norm, nor beyond a double.
  var powerOfTwo: Double {
    Double(sign: .plus, exponent: min(scale.exponent + root.exponent, 1023), significand: 1)
  }

  /// The largest power of two that is not above a number; not so small that its inverse is infinite.
  static func powerOfTwo(below number: Double) -> Double {
    Double(sign: .plus, exponent: max(number.exponent, -1000), significand: 1)
  }
}
