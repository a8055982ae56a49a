/// A number in decimal notation at the start of some bytes: ± digits, a point and digits, e and an exponent.
///
/// Up to 19 digits are read into an integer, and a power of ten is multiplied exactly: by one rounding of doubles as
/// Clinger, "How to read floating point numbers accurately", 1990, has it where both are exact, else in 128 bits. What is
/// longer or larger goes to the C library.
struct ScannedNumber {
  /// Where it ends.
  let end: UnsafePointer<UInt8>

  /// Whether it has neither point nor exponent and fits into 64 bits.
  let isInteger: Bool

  private let isNegative: Bool
  /// The digits as one number, and the power of ten that belongs to it.
  private let digits: UInt64
  private let exponent: Int
  /// The text of a number that these cannot hold.
  private let text: (start: UnsafePointer<UInt8>, point: UInt8)?

  /// A limit above the digits of any number, for the C library's time grows with their square.
  private static let maximumDigits = 1000

  /// Reads a number, if one is there. Seven bytes after the last digit must be readable, and one that is no digit follow.
  @inline(__always)
  init?(at start: UnsafePointer<UInt8>, point: UInt8) {
    var p = start
    isNegative = p.pointee == UInt8(ascii: "-")
    if isNegative || p.pointee == UInt8(ascii: "+") { p += 1 }
    let first = p
    var (digits, exponent, isWhole) = (UInt64(0), 0, true)
    Self.readDigits(&p, &digits)
    var count = p - first
    if p.pointee == point {
      isWhole = false
      p += 1
      let fraction = p
      Self.readDigits(&p, &digits)
      exponent = fraction - p
      count -= exponent
    }
    guard count > 0, count <= Self.maximumDigits else { return nil }
    if p.pointee | 0x20 == UInt8(ascii: "e") {
      guard let power = Self.readExponent(&p) else { return nil }
      isWhole = false
      exponent += power
    }
    end = p
    isInteger = isWhole && count <= 19 && digits <= UInt64(Int64.max) + (isNegative ? 1 : 0)
    (self.digits, self.exponent) = (digits, exponent)
    text = count <= 19 ? nil : (start, point)
  }

  /// An infinity in words of small letters.
  init?(infinity word: String, endingAt end: UnsafePointer<UInt8>) {
    guard ["inf", "+inf", "-inf", "infinity", "+infinity", "-infinity"].contains(word) else { return nil }
    (isNegative, isInteger) = (word.first == "-", false)
    // Beyond all doubles.
    (digits, exponent, text, self.end) = (1, 1000, nil, end)
  }

  /// The value of an integer.
  var integer: Int { Int(truncatingIfNeeded: isNegative ? 0 &- digits : digits) }

  /// The nearest double.
  @inline(__always)
  var double: Double {
    if text == nil, digits <= 1 << 53, exponent >= -22, exponent <= 22 {
      let number = Double(digits)
      let value = exponent < 0 ? number / PowersOfTen.double(-exponent) : number * PowersOfTen.double(exponent)
      return isNegative ? -value : value
    }
    return longDouble
  }

  @inline(never)
  private var longDouble: Double {
    guard text == nil, digits != 0, let value = PowersOfTen.nearestDouble(to: digits, timesTenTo: exponent) else {
      return libraryDouble
    }
    return isNegative ? -value : value
  }

  private var libraryDouble: Double {
    guard let text else {
      return Double("\(isNegative ? "-" : "")\(digits)e\(exponent)") ?? .nan
    }
    let bytes = UnsafeBufferPointer(start: text.start, count: end - text.start)
    return Double(String(decoding: bytes.map { $0 == text.point ? UInt8(ascii: ".") : $0 }, as: UTF8.self)) ?? .nan
  }

  /// Reads digits, eight at a time where there are as many.
  @inline(__always)
  private static func readDigits(_ p: inout UnsafePointer<UInt8>, _ number: inout UInt64) {
    while true {
      let word = UInt64(littleEndian: UnsafeRawPointer(p).loadUnaligned(as: UInt64.self))
      let isDigits =
        (word & 0xF0F0_F0F0_F0F0_F0F0) | (((word &+ 0x0606_0606_0606_0606) & 0xF0F0_F0F0_F0F0_F0F0) >> 4)
      guard isDigits == 0x3333_3333_3333_3333 else { break }
      // Pairs of digits, then of pairs, then of fours.
      var value = word & 0x0F0F_0F0F_0F0F_0F0F
      value = (value &* 10 &+ (value >> 8)) & 0x00FF_00FF_00FF_00FF
      value = (value &* 100 &+ (value >> 16)) & 0x0000_FFFF_0000_FFFF
      value = (value &* 10_000 &+ (value >> 32)) & 0xFFFF_FFFF
      number = number &* 100_000_000 &+ value
      p += 8
    }
    while true {
      let digit = p.pointee &- UInt8(ascii: "0")
      guard digit < 10 else { return }
      number = number &* 10 &+ UInt64(digit)
      p += 1
    }
  }

  /// Reads what follows an e; nil if that is no number. An exponent beyond all doubles is cut to 100,000.
  private static func readExponent(_ p: inout UnsafePointer<UInt8>) -> Int? {
    var q = p + 1
    let isNegative = q.pointee == UInt8(ascii: "-")
    if isNegative || q.pointee == UInt8(ascii: "+") { q += 1 }
    let first = q
    var power = 0
    while case let digit = q.pointee &- UInt8(ascii: "0"), digit < 10 {
      power = min(100_000, power * 10 + Int(digit))
      q += 1
    }
    guard q > first else { return nil }
    p = q
    return isNegative ? -power : power
  }
}
