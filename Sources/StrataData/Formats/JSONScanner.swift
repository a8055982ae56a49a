/// A scanner of the JSON of a safetensors header or of a tokenizer: objects, arrays, strings, nonnegative integers, and values
/// to skip.
///
/// It stores no values. A string is decoded in place, which never lengthens it, and returned as the range of its
/// bytes, so that damaged JSON costs little more memory than its own bytes.
struct JSONScanner {
  /// A limit above the number of members in the header of any model, 2¹⁸ tensors and the metadata, and of tokens in a
  /// vocabulary.
  static let maximumMemberCount = (1 << 18) + 1

  private(set) var bytes: [UInt8]
  var position = 0
  private let path: String
  private let start: Int
  private let name: String

  /// Creates a scanner of `bytes`, which begin at the byte `start` of the file and are the part of it named `name`.
  init(_ bytes: [UInt8], path: String, start: Int = 0, name: String) {
    (self.bytes, self.path, self.start, self.name) = (bytes, path, start, name)
  }

  func text(_ range: Range<Int>) -> String { String(decoding: bytes[range], as: UTF8.self) }

  /// Returns the text for a message, with the middle omitted if it is long.
  func excerpt(_ range: Range<Int>) -> String {
    range.count <= 200 ? text(range) : text(range.prefix(100)) + "…" + text(range.suffix(100))
  }

  func error(_ reason: DataError.Reason, at position: Int) -> DataError {
    DataError(path, reason, at: start + position)
  }

  /// Returns the error for content other than `expected` at the current position.
  func unexpected(_ expected: String) -> DataError {
    var found = "the end of the \(name)"
    if position < bytes.count {
      let byte = bytes[position]
      found = 0x20..<0x7F ~= byte ? "'\(Character(Unicode.Scalar(byte)))'" : "byte \(byte)"
    }
    return error(.malformed(found: found, expected: expected), at: position)
  }

  /// Skips white space and then `token`, if it comes next, and returns whether it did.
  mutating func take(_ token: Unicode.Scalar) -> Bool {
    guard peeks(token) else { return false }
    position += 1
    return true
  }

  /// Does the same for a token of several characters.
  mutating func take(word: String) -> Bool {
    skipSpaces()
    guard bytes[position...].starts(with: word.utf8) else { return false }
    position += word.utf8.count
    return true
  }

  /// Skips white space and returns whether `token` comes next.
  mutating func peeks(_ token: Unicode.Scalar) -> Bool {
    skipSpaces()
    return position < bytes.count && bytes[position] == UInt8(ascii: token)
  }

  mutating func expect(_ token: Unicode.Scalar) throws(DataError) {
    guard take(token) else { throw unexpected("'\(Character(token))'") }
  }

  mutating func skipSpaces() {
    while position < bytes.count, [0x20, 0x09, 0x0A, 0x0D].contains(bytes[position]) { position += 1 }
  }

  /// Reads an object; `body` is called with each key and reads its value.
  mutating func object(_ body: (inout JSONScanner, Range<Int>) throws(DataError) -> Void) throws(DataError) {
    try expect("{")
    if take("}") { return }
    var keys: [Range<Int>] = []
    repeat {
      keys.append(try string())
      guard keys.count <= Self.maximumMemberCount else {
        throw error(.tooLarge("more than \(Self.maximumMemberCount) entries"), at: position)
      }
      try expect(":")
      try body(&self, keys.last!)
    } while take(",")
    try expect("}")
    keys.sort { bytes[$0].lexicographicallyPrecedes(bytes[$1]) }
    if let twins = zip(keys, keys.dropFirst()).first(where: { bytes[$0].elementsEqual(bytes[$1]) }) {
      throw error(.duplicateKey(excerpt(twins.0)), at: max(twins.0.lowerBound, twins.1.lowerBound))
    }
  }

  /// Reads an array of at most `limit` elements; `body` reads each.
  mutating func array(
    of elements: String, limit: Int, _ body: (inout JSONScanner) throws(DataError) -> Void
  ) throws(DataError) {
    try expect("[")
    if take("]") { return }
    var count = 0
    repeat {
      skipSpaces()
      guard count < limit else { throw unexpected("at most \(limit) \(elements)") }
      try body(&self)
      count += 1
    } while take(",")
    try expect("]")
  }

  /// Reads an array of at most `limit` nonnegative integers.
  mutating func integers(limit: Int) throws(DataError) -> [Int] {
    var integers: [Int] = []
    try array(of: "numbers", limit: limit) { scanner throws(DataError) in integers.append(try scanner.integer()) }
    return integers
  }

  /// Reads past a value of any kind, in which others may be nested as deep as the format's own reader lets them.
  mutating func skipValue(depth: Int = 125) throws(DataError) {
    skipSpaces()
    let first = position < bytes.count ? bytes[position] : 0
    if depth == 0, first == UInt8(ascii: "{") || first == UInt8(ascii: "[") {
      throw error(.tooLarge("values nested that deep"), at: position)
    }
    switch first {
    case UInt8(ascii: "{"): try object { scanner, _ throws(DataError) in try scanner.skipValue(depth: depth - 1) }
    case UInt8(ascii: "["):
      try expect("[")
      if take("]") { return }
      repeat { try skipValue(depth: depth - 1) } while take(",")
      try expect("]")
    case UInt8(ascii: "\""): _ = try string()
    default:
      if !take(word: "true"), !take(word: "false"), !take(word: "null") { try skipNumber() }
    }
  }

  private mutating func skipNumber() throws(DataError) {
    func next(is characters: String) -> Bool { position < bytes.count && characters.utf8.contains(bytes[position]) }
    func skipDigits() throws(DataError) {
      guard next(is: "0123456789") else { throw unexpected("a value of JSON") }
      while next(is: "0123456789") { position += 1 }
    }
    if next(is: "-") { position += 1 }
    if next(is: "0") { position += 1 } else { try skipDigits() }
    if next(is: ".") {
      position += 1
      try skipDigits()
    }
    if next(is: "eE") {
      position += 1
      if next(is: "+-") { position += 1 }
      try skipDigits()
    }
  }

  mutating func integer() throws(DataError) -> Int {
    skipSpaces()
    let digits = bytes[position...].prefix(20).prefix { UInt8(ascii: "0")...UInt8(ascii: "9") ~= $0 }
    guard let value = Int(String(decoding: digits, as: UTF8.self)), digits.count == 1 || digits.first != 0x30
    else { throw unexpected("an integer of 0 to 2⁶³ - 1") }
    position = digits.endIndex
    return value
  }

  /// Reads what is no object and no array, and returns it in JSON notation: nothing for those two.
  mutating func simpleValue() throws(DataError) -> String {
    if peeks("\"") {
      let text = try string()  // which changes the bytes
      return quoted(excerpt(text))
    }
    let word = bytes[position...].prefix(40).prefix { !"{}[],:\"".utf8.contains($0) && $0 > 0x20 }
    position = word.endIndex
    return text(word.indices)
  }

  /// Skips what may follow at the end.
  mutating func expectEnd() throws(DataError) {
    skipSpaces()
    guard position == bytes.count else { throw unexpected("spaces up to its end") }
  }

  /// Reads a string, decoded in place.
  mutating func string() throws(DataError) -> Range<Int> {
    try expect("\"")
    let start = position
    var end = position
    while position < bytes.count {
      switch bytes[position] {
      case UInt8(ascii: "\""):
        position += 1
        return start..<end
      case UInt8(ascii: "\\"):
        for byte in UTF8.encode(try escape())! {
          bytes[end] = byte
          end += 1
        }
      case 0..<0x20:
        throw unexpected("a character of a string")
      default:
        for _ in 0..<(try scalarLength()) {
          bytes[end] = bytes[position]
          (end, position) = (end + 1, position + 1)
        }
      }
    }
    throw unexpected("the end of a string")
  }

  /// Returns the number of UTF-8 bytes of the next scalar.
  private func scalarLength() throws(DataError) -> Int {
    guard let length = bytes.scalarLength(at: position) else { throw unexpected("UTF-8") }
    return length
  }

  private static let escapes: [UInt8: Unicode.Scalar] = [
    0x22: "\"", 0x5C: "\\", 0x2F: "/", 0x62: "\u{8}", 0x66: "\u{C}", 0x6E: "\n", 0x72: "\r", 0x74: "\t",
  ]

  /// Reads an escape sequence and returns its scalar.
  private mutating func escape() throws(DataError) -> Unicode.Scalar {
    if position + 1 < bytes.count, let scalar = Self.escapes[bytes[position + 1]] {
      position += 2
      return scalar
    }
    let start = position
    var units = [try escapedUnit()]
    if UTF16.isLeadSurrogate(units[0]) { units.append(try escapedUnit()) }
    var (decoder, rest) = (UTF16(), units.makeIterator())
    guard case .scalarValue(let scalar) = decoder.decode(&rest) else {
      position = start
      throw unexpected("an escape of Unicode")
    }
    return scalar
  }

  /// Reads `\u` and four digits and returns the UTF-16 unit.
  private mutating func escapedUnit() throws(DataError) -> UInt16 {
    let digits = bytes[position...].dropFirst(2).prefix(4)
    guard bytes[position...].starts(with: "\\u".utf8), digits.count == 4,
      digits.allSatisfy({ Character(Unicode.Scalar($0)).isHexDigit }),
      let unit = UInt16(String(decoding: digits, as: UTF8.self), radix: 16)
    else { throw unexpected("an escape of JSON") }
    position += 6
    return unit
  }
}

extension [UInt8] {
  /// Returns the number of UTF-8 bytes of the scalar at a position, or nil where these bytes are none.
  func scalarLength(at position: Int) -> Int? {
    if self[position] < 0x80 { return 1 }
    var (parser, rest) = (UTF8.ForwardParser(), self[position...].makeIterator())
    guard case .valid(let scalar) = parser.parseScalar(from: &rest) else { return nil }
    return scalar.count
  }
}
