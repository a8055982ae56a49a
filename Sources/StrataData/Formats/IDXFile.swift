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

    /// The size of one element in the file, in bytes.
    var byteCount: Int {
      switch self {
      case .ubyte, .sbyte: 1
      case .short: 2
      case .int, .float: 4
      case .double: 8
      }
    }

    var dtype: DType { self == .float ? .float32 : self == .double ? .float64 : .int32 }
  }

  /// The size above which a gzipped tensor is decompressed once to check it before memory is allocated for it.
  static let uncheckedLimit = 16 << 20

  let path: String
  let element: Element
  let shape: Shape
  /// The size of the tensor that ``read(scaled:)`` returns, in bytes.
  let tensorByteCount: Int

  private let file: InputFile
  private let isGzipped: Bool
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
    contentByteCount = headerByteCount + shape.count * element.byteCount
    tensorByteCount = shape.count * element.dtype.byteCount

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
    if isGzipped { try forEachChunk { _, _ in } }
  }

  /// Returns the tensor; if `scaled`, bytes are divided by 255.
  func read(scaled: Bool) throws(DataError) -> Tensor {
    try file.requireMemory(for: tensorByteCount)
    let tensor = Tensor(uninitialized: shape, dtype: scaled ? .float32 : element.dtype)
    try forEachChunk { bytes, start in
      switch element {
      case .ubyte where scaled: convert(bytes, to: tensor, from: start) { (x: UInt8) in Float(x) / 255 }
      case .ubyte: convert(bytes, to: tensor, from: start) { (x: UInt8) in Int32(x) }
      case .sbyte: convert(bytes, to: tensor, from: start) { (x: Int8) in Int32(x) }
      case .short: convert(bytes, to: tensor, from: start) { (x: Int16) in Int32(x) }
      case .int: convert(bytes, to: tensor, from: start) { (x: Int32) in x }
      case .float: convert(bytes, to: tensor, from: start) { (x: UInt32) in Float(bitPattern: x) }
      case .double: convert(bytes, to: tensor, from: start) { (x: UInt64) in Double(bitPattern: x) }
      }
    }
    return tensor
  }

  /// Calls `body` with the bytes of all elements in order, in pieces, each with the index of its first element.
  private func forEachChunk(_ body: (UnsafeRawBufferPointer, Int) -> Void) throws(DataError) {
    let buffer = UnsafeMutableRawBufferPointer.allocate(byteCount: 1 << 16, alignment: 64)
    defer { buffer.deallocate() }
    let reader = try ContentReader(file)
    try reader.fill(UnsafeMutableRawBufferPointer(rebasing: buffer[..<headerByteCount]), of: contentByteCount)
    while reader.offset < contentByteCount {
      let start = (reader.offset - headerByteCount) / element.byteCount
      let length = min(buffer.count, contentByteCount - reader.offset)
      let chunk = UnsafeMutableRawBufferPointer(rebasing: buffer[..<length])
      try reader.fill(chunk, of: contentByteCount)
      body(UnsafeRawBufferPointer(chunk), start)
    }
    try reader.expectEnd()
  }

  @inline(__always)
  private func convert<From: FixedWidthInteger, To: TensorScalar>(
    _ bytes: UnsafeRawBufferPointer, to tensor: Tensor, from start: Int, _ transform: (From) -> To
  ) {
    let source = bytes.assumingMemoryBound(to: From.self)
    let target = tensor.mutablePointer(To.self) + start
    for index in source.indices { target[index] = transform(From(bigEndian: source[index])) }
  }
}
