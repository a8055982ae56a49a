import StrataTensor

/// The header of a safetensors file, checked against the file.
struct SafetensorsHeader {
  /// The limit of the format.
  static let maximumByteCount = 100_000_000

  static let maximumRank = 32

  /// A tensor of the file. Name and shape are ranges of the header, decoded on demand.
  struct Entry {
    var name: Range<Int>
    /// The name of its type, which Strata need not know.
    var type = 0..<0
    var shapePosition = 0
    /// The range of its bytes, relative to the end of the header.
    var extent = 0..<0
    /// What the file says of its content, if it says it.
    var checksum: String?
  }

  /// The tensors in the order of their bytes, which are contiguous.
  private(set) var entries: [Entry] = []

  /// The position at which the tensors' bytes begin.
  let dataStart: Int

  private let path: String
  private var strings: [(key: Range<Int>, value: Range<Int>)] = []
  private var scanner: JSONScanner

  /// Reads and checks the header of a file.
  init(_ file: InputFile) throws(DataError) {
    let word = try [UInt8](count: 8) { buffer throws(DataError) in try file.fill(buffer, at: 0) }
    let length = word.reversed().reduce(0) { $0 << 8 | UInt64($1) }
    guard length <= Self.maximumByteCount else {
      throw ForeignFile.error(file.path, startingWith: word, expected: "a safetensors file")
        ?? DataError(
          file.path, .tooLarge("a header of \(length) bytes"), at: 0, advice: "it seems to be of another format")
    }
    guard 8 + Int(length) <= file.size else {
      throw DataError(file.path, .cutShort(expected: 8 + Int(length), found: file.size), at: file.size)
    }
    let bytes = try [UInt8](count: Int(length)) { buffer throws(DataError) in try file.fill(buffer, at: 8) }
    try self.init(bytes, path: file.path, fileSize: file.size)
  }

  /// Checks a header against the size of its file.
  private init(_ bytes: [UInt8], path: String, fileSize: Int) throws(DataError) {
    (self.path, dataStart) = (path, 8 + bytes.count)
    scanner = JSONScanner(bytes, path: path, start: 8, name: "header")
    try parse()
    try checkExtents(fileSize)
    try takeChecksums()
  }

  /// Throws if there are more tensors or axes than a file can have.
  static func requireWithinLimits(_ tensors: [String: Tensor], _ path: String) throws(DataError) {
    guard tensors.count < JSONScanner.maximumMemberCount else {
      let limit = JSONScanner.maximumMemberCount - 1
      throw DataError(path, .unwritable("there are \(tensors.count) tensors, and the limit is \(limit)"))
    }
    if let (name, tensor) = tensors.first(where: { $1.rank > maximumRank }) {
      let limit = "\(tensor.rank) axes, and the format at most \(maximumRank)"
      throw DataError(path, .unwritable("tensor \(quoted(name)) has \(limit)"))
    }
  }

  /// Throws if a header would be refused in a file that has the bytes of its tensors.
  static func requireReadable(_ header: [UInt8], _ byteCount: Int, _ path: String) throws(DataError) {
    guard header.count <= maximumByteCount else {
      throw DataError(path, .unwritable("its header has \(header.count) bytes, and the limit is \(maximumByteCount)"))
    }
    do { _ = try SafetensorsHeader(header, path: path, fileSize: 8 + header.count + byteCount) } catch {
      throw DataError(path, .unwritable("\(error.reason)"))
    }
  }

  /// The metadata of the file, without its checksums.
  private(set) var metadata: [String: String] = [:]

  func name(of entry: Entry) -> String { scanner.text(entry.name) }

  /// Returns the tensors of these names, or all, in the order of their bytes.
  func entries(named names: [String]?) throws(DataError) -> [Entry] {
    guard let names else { return entries }
    let found = Dictionary(entries.map { (name(of: $0), $0) }, uniquingKeysWith: { first, _ in first })
    if let missing = names.first(where: { found[$0] == nil }) {
      throw DataError.noSuchName(path, missing, among: Array(found.keys))
    }
    return Set(names).map { found[$0]! }.sorted { $0.extent.lowerBound < $1.extent.lowerBound }
  }

  /// Returns the place of a tensor; throws if its type is not one that Strata reads.
  func layout(of entry: Entry) throws(DataError) -> StoredLayout {
    guard let type = Self.type(scanner.excerpt(entry.type)) else {
      let name = scanner.excerpt(entry.type)
      throw scanner.error(.unsupportedType(tensor: excerpt(entry), type: name), at: entry.type.lowerBound)
    }
    var scanner = scanner
    scanner.position = entry.shapePosition
    return StoredLayout(
      path: path, name: excerpt(entry), shape: Shape(try scanner.integers(limit: Self.maximumRank)), type: type,
      start: dataStart + entry.extent.lowerBound)
  }

  private static func type(_ name: String) -> StoredType? {
    StoredType.allCases.first { $0.safetensorsName == name }
  }

  /// The name for a message.
  func excerpt(_ entry: Entry) -> String { scanner.excerpt(entry.name) }

  /// Returns an error at the name of a tensor, given that name.
  func error(at entry: Entry, _ reason: (String) -> DataError.Reason) -> DataError {
    scanner.error(reason(excerpt(entry)), at: entry.name.lowerBound)
  }
}

// MARK: - Checks

extension SafetensorsHeader {
  private mutating func parse() throws(DataError) {
    guard scanner.bytes.first == UInt8(ascii: "{") else { throw scanner.unexpected("'{'") }
    var (entries, strings) = ([Entry](), [(key: Range<Int>, value: Range<Int>)]())
    try scanner.object { scanner, key throws(DataError) in
      guard scanner.bytes[key].elementsEqual("__metadata__".utf8) else {
        entries.append(try Self.entry(named: key, &scanner))
        return
      }
      if scanner.take(word: "null") { return }
      try scanner.object { scanner, key throws(DataError) in strings.append((key, try scanner.string())) }
    }
    try scanner.expectEnd()
    (self.entries, self.strings) = (entries, strings)
  }

  private static func entry(named name: Range<Int>, _ scanner: inout JSONScanner) throws(DataError) -> Entry {
    var (type, shape, offsets): (Range<Int>?, [Int]?, [Int]?)
    var entry = Entry(name: name)
    try scanner.object { scanner, key throws(DataError) in
      switch scanner.excerpt(key) {
      case "dtype": type = try scanner.string()
      case "shape":
        entry.shapePosition = scanner.position
        shape = try scanner.integers(limit: maximumRank)
      case "data_offsets": offsets = try scanner.integers(limit: 2)
      default: try scanner.skipValue()
      }
    }
    let (label, place) = (scanner.excerpt(name), name.lowerBound)
    guard let type, let shape, let offsets, offsets.count == 2, offsets[0] <= offsets[1] else {
      throw scanner.error(
        .malformed(
          found: "tensor \"\(label)\"", expected: "one with dtype, shape and data_offsets [begin, end]"),
        at: place)
    }
    (entry.type, entry.extent) = (type, offsets[0]..<offsets[1])
    // Of another type neither the size of a number is known nor whether it is a whole number of bytes.
    let size = Self.type(scanner.excerpt(type))?.byteCount
    guard let needed = byteCount(of: shape, elementSize: size ?? 1) else {
      throw scanner.error(.tooLarge("tensor \"\(label)\" of shape \(shape)"), at: place)
    }
    guard size == nil || needed == entry.extent.count else {
      throw scanner.error(.wrongExtent(tensor: label, expected: needed, found: entry.extent.count), at: place)
    }
    return entry
  }

  private mutating func checkExtents(_ fileSize: Int) throws(DataError) {
    entries.sort {
      ($0.extent.lowerBound, $0.extent.upperBound) < ($1.extent.lowerBound, $1.extent.upperBound)
    }
    var end = 0
    for entry in entries {
      let begin = entry.extent.lowerBound
      guard begin >= end else {
        throw error(at: entry) { .overlap(tensor: $0, begin: begin, previousEnd: end) }
      }
      guard begin == end else {
        throw error(at: entry) { .hole(tensor: $0, begin: begin, previousEnd: end) }
      }
      end = entry.extent.upperBound
    }
    let available = fileSize - dataStart
    guard end <= available else {
      let (expected, overflow) = dataStart.addingReportingOverflow(end)
      throw DataError(path, .cutShort(expected: overflow ? .max : expected, found: fileSize), at: fileSize)
    }
    guard end == available else {
      throw DataError(path, .excessBytes(expected: dataStart + end), at: dataStart + end)
    }
  }

  /// Takes the checksums out of the metadata, compares that of the metadata, and gives each tensor its own.
  private mutating func takeChecksums() throws(DataError) {
    metadata = Dictionary(strings.map { (scanner.text($0.key), scanner.text($0.value)) }, uniquingKeysWith: { $1 })
    let key = Checksums.key
    guard let (name, text) = metadata.first(where: { $0.hasPrefix(key) || $1.hasPrefix(key) }) else { return }
    metadata[name] = nil
    let parts = text.split(separator: " ", omittingEmptySubsequences: false).map(String.init)
    guard name == key, parts.count == entries.count + 2,
      parts.starts(with: [key, Checksums.hexadecimal(Checksums.of(metadata))])
    else { throw Checksums.mismatch(path, of: "the metadata", at: 8) }
    for index in entries.indices { entries[index].checksum = parts[index + 2] }
  }
}
