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

/// One way to write all elements of a tensor, so that columns line up, by NumPy's rules: the fewest
/// digits that tell a number of this type apart, at most eight after the point.
private struct ElementFormat {
  private let dtype: DType
  private var usesExponent = false
  /// The longest part before the point, and after it.
  private var (whole, fraction) = (0, 0)
  private var exponentDigits = 2
  private var width = 0

  init(_ values: [Double], _ dtype: DType) {
    self.dtype = dtype
    let finite = values.filter(\.isFinite)
    if dtype != .int32 {
      let magnitudes = finite.map { Swift.abs($0) }.filter { $0 > 0 }
      let (smallest, largest) = (magnitudes.min() ?? 1, magnitudes.max() ?? 1)
      usesExponent = largest >= 1e8 || smallest < 1e-4 || largest / smallest > 1e3
      let numbers = finite.map { Decimal($0, dtype) }
      exponentDigits = numbers.map { "\(Swift.abs($0.exponent))".count }.reduce(2, Swift.max)
      fraction =
        numbers.map { usesExponent ? $0.digits.count - 1 : $0.rounded(to: 8).fraction.count }.max() ?? 0
      fraction = Swift.min(fraction, 8)
    }
    width = values.map { text(of: $0).count }.max() ?? 0
  }

  func text(of value: Double) -> String {
    let text = unpadded(value)
    return String(repeating: " ", count: Swift.max(0, width - text.count)) + text
  }

  private func unpadded(_ value: Double) -> String {
    if value.isNaN { return "nan" }
    if value.isInfinite { return value < 0 ? "-inf" : "inf" }
    if dtype == .int32 { return "\(Int(value))" }
    let sign = value.sign == .minus ? "-" : ""
    let number = Decimal(value, dtype)
    guard usesExponent else {
      let (whole, part) = number.rounded(to: 8)
      return sign + whole + "." + part + String(repeating: " ", count: fraction - part.count)
    }
    let (whole, part) = number.mantissa.rounded(to: fraction)
    let carried = whole == "10"
    let exponent = number.exponent + (carried ? 1 : 0)
    let digits = "\(Swift.abs(exponent))"
    return sign + (carried ? "1" : whole) + "." + part
      + String(repeating: "0", count: fraction - part.count) + (exponent < 0 ? "e-" : "e+")
      + String(repeating: "0", count: Swift.max(0, exponentDigits - digits.count)) + digits
  }
}

/// The shortest decimal number that tells a float of its type apart, d.ddd · 10^exponent, without its sign.
private struct Decimal {
  var digits: [Int]
  var exponent: Int

  init(_ value: Double, _ dtype: DType) {
    // Swift prints the shortest digits, with or without an exponent.
    func magnitude<T: KernelScalar>(_: T.Type) -> String { "\(T(value).magnitude)" }
    let text = dtype.withKernels(for: "description") { magnitude($0) }
    let parts = text.split(separator: "e")
    let halves = parts[0].split(separator: ".")
    digits = (halves[0] + (halves.count > 1 ? halves[1] : "")).map { $0.wholeNumberValue! }
    exponent = halves[0].count - 1 + (parts.count > 1 ? Int(parts[1])! : 0)
    while digits.count > 1, digits.first == 0 {
      (digits, exponent) = (Array(digits.dropFirst()), exponent - 1)
    }
    while digits.count > 1, digits.last == 0 { digits.removeLast() }
    if digits == [0] { exponent = 0 }
  }

  /// The same digits with the point after the first.
  var mantissa: Decimal {
    var copy = self
    copy.exponent = 0
    return copy
  }

  /// The digits before the point and those after it, at most `limit`, trailing zeros left out.
  func rounded(to limit: Int) -> (whole: String, fraction: String) {
    var all = Array(repeating: 0, count: Swift.max(0, -exponent)) + digits
    var point = Swift.max(0, exponent) + 1
    all += Array(repeating: 0, count: Swift.max(0, point - all.count))
    if all.count > point + limit {
      let roundsUp = all[point + limit] >= 5
      all.removeSubrange((point + limit)...)
      if roundsUp {
        (all, point) = ([0] + all, point + 1)
        var place = all.count - 1
        while all[place] == 9 { (all[place], place) = (0, place - 1) }
        all[place] += 1
        if all[0] == 0 { (all, point) = (Array(all.dropFirst()), point - 1) }
      }
    }
    while all.count > point, all.last == 0 { all.removeLast() }
    func text(_ digits: ArraySlice<Int>) -> String { digits.map(String.init).joined() }
    return (text(all[..<point]), text(all[point...]))
  }
}
