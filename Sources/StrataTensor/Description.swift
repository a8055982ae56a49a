extension Tensor: CustomStringConvertible {
  /// The elements as NumPy prints them: nested brackets, columns aligned, long axes cut in the middle.
  public var description: String {
    guard count > 0 else { return "[] (shape \(shape), \(dtype))" }
    let isLong = count > 1_000
    let shown = visibleElements(isLong: isLong)
    let format = ElementFormat(shown, dtype)
    let values = elements(as: Double.self)
    return Self.text(of: values[...], lengths: shape.lengths[...], isLong: isLong, indent: 1, format)
  }

  /// How many elements are shown at each end of a long axis.
  private static let edge = 3

  private func visibleElements(isLong: Bool) -> [Double] {
    let values = elements(as: Double.self)
    guard isLong else { return values }
    return values.indices.filter { index in
      var rest = index
      return shape.lengths.reversed().allSatisfy { length in
        let position = rest % length
        rest /= length
        return position < Self.edge || position >= length - Self.edge
      }
    }.map { values[$0] }
  }

  private static func text(
    of values: ArraySlice<Double>, lengths: ArraySlice<Int>, isLong: Bool, indent: Int,
    _ format: ElementFormat
  ) -> String {
    guard let length = lengths.first else { return format.text(of: values.first!) }
    let rowCount = values.count / length
    let isCut = isLong && length > 2 * edge
    let shown = isCut ? Array(0..<edge) + Array(length - edge..<length) : Array(0..<length)
    var rows = shown.map { row in
      text(
        of: values.dropFirst(row * rowCount).prefix(rowCount), lengths: lengths.dropFirst(), isLong: isLong,
        indent: indent + 1, format)
    }
    if isCut { rows.insert("...", at: edge) }
    let separator =
      lengths.count == 1
      ? ", "
      : "," + String(repeating: "\n", count: lengths.count - 1) + String(repeating: " ", count: indent)
    return "[" + rows.joined(separator: separator) + "]"
  }
}

/// One way to write all elements of a tensor, so that columns line up.
private struct ElementFormat {
  private let write: (Double) -> String
  private var width = 0

  init(_ values: [Double], _ dtype: DType) {
    let finite = values.filter(\.isFinite)
    let magnitudes = finite.map { Swift.abs($0) }.filter { $0 > 0 }
    let (smallest, largest) = (magnitudes.min() ?? 1, magnitudes.max() ?? 1)
    if dtype == .int32 {
      write = { "\(Int($0))" }
    } else if largest >= 1e8 || smallest < 1e-4 || largest / smallest > 1e3 && largest >= 1e5 {
      write = { Self.scientific($0) }
    } else {
      let digits = finite.map { Self.fractionDigits($0, of: 8) }.max() ?? 0
      write = { Self.fixed($0, digits: digits) }
    }
    width = values.map { text(of: $0).count }.max() ?? 0
  }

  func text(of value: Double) -> String {
    let text = value.isNaN ? "nan" : value.isInfinite ? (value < 0 ? "-inf" : "inf") : write(value)
    return String(repeating: " ", count: max(0, width - text.count)) + text
  }

  /// How many digits after the point, at most `limit`, tell `value` apart.
  private static func fractionDigits(_ value: Double, of limit: Int) -> Int {
    var digits = fixed(value, digits: limit).drop { $0 != "." }.dropFirst()
    while digits.last == "0" { digits.removeLast() }
    return digits.count
  }

  /// `value` in decimal notation; with no fraction it keeps its point, as NumPy has it.
  private static func fixed(_ value: Double, digits: Int) -> String {
    var scale = 1.0
    for _ in 0..<digits { scale *= 10 }
    let scaled = UInt64((Swift.abs(value) * scale).rounded())
    let (whole, fraction) = scaled.quotientAndRemainder(dividingBy: UInt64(scale))
    let text = String(fraction)
    let padded = String(repeating: "0", count: Swift.max(0, digits - text.count)) + text
    return (value.sign == .minus ? "-" : "") + "\(whole)." + (digits == 0 ? "" : padded)
  }

  private static func scientific(_ value: Double) -> String {
    guard value != 0 else { return "0.00000000e+00" }
    var exponent = 0
    var mantissa = Swift.abs(value)
    while mantissa >= 10 { (mantissa, exponent) = (mantissa / 10, exponent + 1) }
    while mantissa < 1 { (mantissa, exponent) = (mantissa * 10, exponent - 1) }
    if fixed(mantissa, digits: 8).hasPrefix("10") { (mantissa, exponent) = (1, exponent + 1) }
    let digits = String(Swift.abs(exponent))
    let sign = value < 0 ? "-" : ""
    return sign + fixed(mantissa, digits: 8) + (exponent < 0 ? "e-" : "e+") + (digits.count < 2 ? "0" : "")
      + digits
  }
}
