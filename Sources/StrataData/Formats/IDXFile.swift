import StrataTensor

/// An IDX file whose header has been read and checked against the file's size.
struct IDXFile {
  enum Element: UInt8 {
    case ubyte = 8
    case sbyte = 9
    case short = 11
    case int = 12
    case float = 13
    case double = 14

    var type: StoredType {
      switch self {
      case .ubyte: .uint8
      case .sbyte: .int8
      case .short: .int16
      case .int: .int32
      case .float: .float32
      case .double: .float64
      }
    }
  }

  let path: String
  let element: Element
  let shape: Shape
  /// The size of the tensor that ``read(scaled:)`` returns, in bytes.
  let tensorByteCount: Int

  let file: InputFile
  let isGzipped: Bool
  private let headerByteCount: Int
  private let contentByteCount: Int

  init(_ path: String) throws(DataError) {
    self.path = path
    file = try InputFile(path)
    let reader = try ContentReader(file)
    isGzipped = reader.isGzipped

    let magic = try [UInt8](count: 4) { buffer throws(DataError) in try reader.fill(buffer, of: 4) }
    guard magic[0] == 0, magic[1] == 0 else {
      throw ForeignFile.error(path, startingWith: magic, expected: "an IDX file")
        ?? DataError(path, .malformed(found: "other data", expected: "IDX, which begins with two zero bytes"), at: 0)
    }
    guard let element = Element(rawValue: magic[2]) else {
      throw DataError(path, .malformed(found: "element type \(magic[2])", expected: "one of IDX's"), at: 2)
    }
    let rank = Int(magic[3])
    guard 1...8 ~= rank else {
      throw DataError(path, .malformed(found: "\(rank) axes", expected: "1 to 8"), at: 3)
    }
    let headerByteCount = 4 + 4 * rank
    let axes = try [UInt8](count: 4 * rank) { buffer throws(DataError) in
      try reader.fill(buffer, of: headerByteCount)
    }
    let lengths = (0..<rank).map { axis in axes[4 * axis..<4 * axis + 4].reduce(0) { $0 << 8 | Int($1) } }
    // Leaves room for the header, and for elements that are wider in the tensor than in the file.
    guard byteCount(of: lengths, elementSize: 16) != nil else {
      throw DataError(path, .tooLarge("shape \(lengths)"), at: 4)
    }
    (self.element, shape, self.headerByteCount) = (element, Shape(lengths), headerByteCount)
    contentByteCount = headerByteCount + shape.count * element.type.byteCount
    tensorByteCount = shape.count * element.type.dtype.byteCount

    if isGzipped {
      let (possible, overflow) = file.size.multipliedReportingOverflow(by: ContentReader.maximumExpansion)
      guard overflow || contentByteCount <= possible else {
        throw DataError(
          path, .tooLarge("\(contentByteCount) bytes declared, \(possible) possible in this gzip file"), at: 4
        )
      }
    } else if file.size < contentByteCount {
      throw DataError(path, .cutShort(expected: contentByteCount, found: file.size), at: file.size)
    } else if file.size > contentByteCount {
      throw DataError(path, .excessBytes(expected: contentByteCount), at: contentByteCount)
    }
  }

  /// Throws if the file has elements of another type.
  func require(_ expected: Element) throws(DataError) {
    guard element == expected else {
      throw DataError(path, .malformed(found: "elements of type \(element)", expected: "\(expected)"), at: 2)
    }
  }

  /// Throws the errors of ``read(scaled:)`` without allocating the tensor.
  func check() throws(DataError) {
    guard isGzipped else { return }
    let reader = try ContentReader(file)
    try reader.skip(to: contentByteCount, of: contentByteCount)
    try reader.expectEnd()
  }

  /// Returns the tensor; if `scaled`, bytes are divided by 255.
  func read(scaled: Bool) throws(DataError) -> Tensor {
    try file.requireMemory(for: tensorByteCount)
    let reader = try ContentReader(file)
    try reader.skip(to: headerByteCount, of: contentByteCount)
    let tensor = try layout(scaled: scaled).tensor(scaled ? .float32 : element.type.dtype) {
      bytes, _ throws(DataError) in try reader.fill(bytes, of: contentByteCount)
    }
    try reader.expectEnd()
    return tensor
  }

  /// Where the elements are in a file that is not gzipped.
  func layout(scaled: Bool) -> StoredLayout {
    StoredLayout(
      path: path, shape: shape, type: element.type, start: headerByteCount, isBigEndian: true, isScaled: scaled)
  }
}
