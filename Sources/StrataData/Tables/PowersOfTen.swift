/// Integers times powers of ten, rounded once to the nearest double.
enum PowersOfTen {
  /// 10⁰ to 10²², which doubles hold exactly.
  private static let doubles: [Double] = [
    1, 1e1, 1e2, 1e3, 1e4, 1e5, 1e6, 1e7, 1e8, 1e9, 1e10, 1e11, 1e12, 1e13, 1e14, 1e15, 1e16, 1e17, 1e18, 1e19, 1e20,
    1e21, 1e22,
  ]

  /// 10 to a power from 0 to 22.
  @inline(__always)
  static func double(_ power: Int) -> Double { doubles[power] }

  /// 5⁰ to 5²⁷, the last that 64 bits hold.
  private static let fives: [UInt64] = (0...27).map { power in (0..<power).reduce(1) { five, _ in five * 5 } }

  /// The nearest double to digits · 10ᵉ, of two equally near the even one; nil unless e lies in −27...27. The digits are
  /// not 0.
  ///
  /// 10ᵉ = 5ᵉ · 2ᵉ, and the product with 5ᵉ, or the quotient and the remainder, is exact in 128 bits. Its upper 64 bits,
  /// the lowest set where anything is left below them, round as the whole does, for a double has 53.
  static func nearestDouble(to digits: UInt64, timesTenTo exponent: Int) -> Double? {
    guard -27...27 ~= exponent else { return nil }
    let five = fives[abs(exponent)]
    let (top, shift): (UInt64, Int)
    if exponent >= 0 {
      let product = digits.multipliedFullWidth(by: five)
      if product.high == 0 {
        (top, shift) = (product.low, 0)
      } else {
        let room = product.high.leadingZeroBitCount
        let low = product.low << room
        let carried = room == 0 ? 0 : product.low >> (64 - room)
        (top, shift) = (product.high << room | carried | (low == 0 ? 0 : 1), 64 - room)
      }
    } else {
      // Both with their highest bit set, the digits then halved: the quotient fits into 64 bits and has 63 at least.
      let (lift, room) = (digits.leadingZeroBitCount, five.leadingZeroBitCount)
      let numerator = digits << lift
      let (quotient, remainder) = (five << room).dividingFullWidth((numerator >> 1, numerator << 63))
      (top, shift) = (quotient | (remainder == 0 ? 0 : 1), room - lift - 63)
    }
    return Double(top) * Double(sign: .plus, exponent: exponent + shift, significand: 1)
  }
}
