import StrataTensor

/// The header of an `.npy` file: `\x93NUMPY`, two bytes of version, the length of a text, and the text, which is a
/// dictionary in Python with the keys `descr`, `fortran_order` and `shape`.
enum NPYHeader {
  private static let magic: [UInt8] = [0x93] + "NUMPY".utf8

  /// NumPy's limit.
  private static let maximumRank = 64

  /// A limit above what a header of numbers can have.
  private static let maximumByteCount = 1 << 16

  /// NumPy's names of the types, without the order of bytes.
  private static let types: [String: StoredType] = [
    "b1": .bool, "u1": .uint8, "i1": .int8, "u2": .uint16, "i2": .int16, "u4": .uint32, "i4": .int32, "u8": .uint64,
    "i8": .int64, "f2": .float16, "f4": .float32, "f8": .float64,
  ]

  /// Returns the layout of the array in content of `total` bytes, which `fill` copies; throws unless both agree.
  static func read(
    _ path: String, name: String? = nil, of total: Int, filledBy fill: StoredLayout.Fill
  ) throws(DataError) -> StoredLayout {
    func part(_ range: Range<Int>) throws(DataError) -> [UInt8] {
      guard range.upperBound <= total else {
        throw DataError(path, .cutShort(expected: range.upperBound, found: total), at: total)
      }
      return try [UInt8](count: range.count) { buffer throws(DataError) in try fill(buffer, range.lowerBound) }
    }
    let start = try part(0..<min(total, 8))
    guard start.prefix(6) == magic.prefix(start.count)[...] else {
      throw ForeignFile.error(path, startingWith: start, expected: "a NumPy array (.npy)")
        ?? DataError(path, .malformed(found: "other data", expected: "NumPy's, which begins with \\x93NUMPY"), at: 0)
    }
    guard start.count == 8 else { throw DataError(path, .cutShort(expected: 10, found: total), at: total) }
    guard 1...3 ~= start[6], start[7] == 0 else {
      let version = "version \(start[6]).\(start[7])"
      throw DataError(path, .malformed(found: version, expected: "1.0, 2.0 or 3.0"), at: 6)
    }
    let textStart = start[6] == 1 ? 10 : 12
    let length = try part(8..<textStart).reversed().reduce(0) { $0 << 8 | Int($1) }
    guard length <= maximumByteCount else {
      throw DataError(path, .tooLarge("a header of \(length) bytes"), at: 8)
    }
    var scanner = JSONScanner(try part(textStart..<textStart + length), path: path, start: textStart, name: "header")
    let layout = try layout(path, name, at: textStart + length, &scanner)
    let end = layout.start + layout.byteCount
    guard end <= total else { throw DataError(path, .cutShort(expected: end, found: total), at: total) }
    guard end == total else { throw DataError(path, .excessBytes(expected: end), at: end) }
    return layout
  }

  /// Reads the dictionary.
  private static func layout(
    _ path: String, _ name: String?, at start: Int, _ scanner: inout JSONScanner
  ) throws(DataError) -> StoredLayout {
    var (type, order, lengths, shapePosition): (StoredType?, Bool?, [Int]?, Int) = (nil, nil, nil, 0)
    var isBigEndian = false
    try scanner.expect("{")
    while !scanner.take("}") {
      scanner.skipSpaces()
      let place = scanner.position
      let key = try scanner.pythonString()
      try scanner.expect(":")
      switch key {
      case "descr" where type == nil: (type, isBigEndian) = try self.type(&scanner)
      case "fortran_order" where order == nil:
        order = scanner.take(word: "True")
        if order == false, !scanner.take(word: "False") { throw scanner.unexpected("True or False") }
      case "shape" where lengths == nil:
        shapePosition = scanner.position
        lengths = try scanner.pythonTuple(limit: maximumRank)
      default:
        throw scanner.error(
          .malformed(found: "key \"\(key)\"", expected: "descr, fortran_order and shape, once each"), at: place)
      }
      if !scanner.take(",") {
        try scanner.expect("}")
        break
      }
    }
    scanner.skipSpaces()
    guard scanner.position == scanner.bytes.count else { throw scanner.unexpected("spaces up to its end") }
    guard let type, let order, let lengths else {
      throw scanner.error(.malformed(found: "a header", expected: "one with descr, fortran_order and shape"), at: 0)
    }
    // Leaves room for the header, and for numbers that are wider in the tensor than in the file.
    guard StrataData.byteCount(of: lengths, elementSize: 16) != nil else {
      throw scanner.error(.tooLarge("shape \(lengths)"), at: shapePosition)
    }
    return StoredLayout(
      path: path, name: name, shape: Shape(lengths), type: type, start: start, isBigEndian: isBigEndian,
      isColumnMajor: order)
  }

  /// Reads the type: an order of bytes, < or > or | for none, and a name.
  private static func type(_ scanner: inout JSONScanner) throws(DataError) -> (StoredType, isBigEndian: Bool) {
    scanner.skipSpaces()
    let place = scanner.position
    func refuse(_ type: String) -> DataError {
      scanner.error(
        .malformed(found: "elements of type \(type)", expected: "integers, floating-point numbers or truth values"),
        at: place)
    }
    if scanner.take("[") { throw refuse("struct") }
    let text = try scanner.pythonString()
    let name = text.first.map { "<>|=".contains($0) } == true ? String(text.dropFirst()) : text
    guard let type = types[name] else { throw refuse(text) }
    return (type, text.first == ">")
  }

  /// Returns the header of a tensor, as NumPy writes it: with room for a first axis of 21 digits, and of a multiple of 64
  /// bytes.
  static func bytes(for tensor: Tensor) -> [UInt8] {
    let descr = types.first { $0.value == StoredType(tensor.dtype) }!.key
    let lengths = tensor.shape.lengths
    let shape = lengths.map(String.init).joined(separator: ", ") + (lengths.count == 1 ? "," : "")
    var text = "{'descr': '<\(descr)', 'fortran_order': False, 'shape': (\(shape)), }"
    if let first = lengths.first { text += String(repeating: " ", count: max(0, 21 - "\(first)".count)) }
    text += String(repeating: " ", count: 64 - (11 + text.utf8.count) % 64) + "\n"
    return magic + [1, 0, UInt8(text.utf8.count & 0xff), UInt8(text.utf8.count >> 8)] + text.utf8
  }
}

extension JSONScanner {
  /// Reads a string of Python in quotes of either kind, in which nothing is escaped.
  fileprivate mutating func pythonString() throws(DataError) -> String {
    skipSpaces()
    let quote = position < bytes.count ? bytes[position] : 0
    guard quote == UInt8(ascii: "'") || quote == UInt8(ascii: "\"") else { throw unexpected("a string") }
    let text = bytes[(position + 1)...].prefix { $0 != quote && $0 != UInt8(ascii: "\\") }
    position = text.endIndex
    guard position < bytes.count, bytes[position] == quote else { throw unexpected("the end of a string") }
    position += 1
    return String(decoding: text, as: UTF8.self)
  }

  /// Reads a tuple of at most `limit` nonnegative integers, which Python 2 may have written with an L.
  fileprivate mutating func pythonTuple(limit: Int) throws(DataError) -> [Int] {
    try expect("(")
    var integers: [Int] = []
    while !take(")") {
      guard integers.count < limit else { throw unexpected("at most \(limit) numbers") }
      integers.append(try integer())
      _ = take("L")
      if take(",") { continue }
      guard integers.count > 1 else { throw unexpected("','") }
      try expect(")")
      break
    }
    return integers
  }
}
