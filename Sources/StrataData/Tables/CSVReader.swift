import StrataTensor

/// A CSV file that is read block by block, in memory that does not grow with it.
///
/// ```swift
/// let reader = try CSVReader("big.csv")
/// while let block = try reader.next(rows: 10_000) { … }     // a Table of 10,000 rows, the last one of fewer
/// ```
///
/// Names, types and delimiter follow from the first mebibyte, unless ``CSV`` has them. A row may have 32 MiB.
public final class CSVReader {
  /// The path of the file.
  public let path: String

  /// The names of the columns.
  public var columnNames: [String] { scanner.names }

  private let content: ContentReader
  /// Bytes of the content, and where they begin in it.
  private let bytes: ByteBlock
  private var bytesStart = 0

  private var scanner: CSVScanner
  private var columns = UnsafeMutableBufferPointer<ColumnBuilder>(start: nil, count: 0)
  private(set) var capacity = 0

  private let format: CSV
  /// Whether all that follows was read once without damage, and what a table may take beside the size of the file before.
  private var isChecked = false
  var uncheckedSize = 16 << 20

  private static let maximumRowSize = 32 << 20
  private static let maximumColumnCount = 1 << 16

  /// Opens a file and reads its beginning.
  ///
  /// - Throws: ``DataError`` if it is missing or empty, no text, its first row has a name twice, or its first mebibyte is
  ///   damaged.
  public convenience init(_ path: String, as format: CSV = CSV()) throws(DataError) {
    try self.init(path, as: format, bytesAtOnce: 1 << 20)
  }

  init(_ path: String, as format: CSV, bytesAtOnce: Int) throws(DataError) {
    (self.path, self.format) = (path, format)
    bytes = ByteBlock(capacity: bytesAtOnce)
    content = try ContentReader(InputFile(path))
    scanner = CSVScanner(bytes, format)
    try readMore()
    try checkText()
    try begin(format)
  }

  deinit {
    for index in columns.indices { columns[index].free() }
    columns.deallocate()
  }

  /// The byte of the content that comes next.
  var offset: Int { offset(of: Int(bitPattern: scanner.position)) }

  /// Returns the next rows, as many as asked for or as there are; nil after the last.
  ///
  /// A column in which all cells of the rows are missing holds decimals, unless earlier ones were text.
  ///
  /// - Throws: ``DataError`` that names line, column and what stands there.
  public func next(rows limit: Int) throws(DataError) -> Table? {
    require(limit >= 1, "CSVReader.next: \(limit) rows are not possible; ask for 1 or more")
    var row = 0
    let isWhole = limit == .max
    try makeRoom(for: min(limit, max(capacity, 16)), checking: isWhole)
    reading: while true {
      let outcome: CSVScanner.Outcome
      do { outcome = try scanner.readRows(&row, upTo: limit, capacity: capacity, into: columns) } catch {
        throw located(error)
      }
      switch outcome {
      case .isFull: break reading
      case .needsRoom: try makeRoom(for: isWhole ? likelyRows(after: row) : 2 * capacity, checking: isWhole)
      case .needsBytes:
        if scanner.isLast { break reading }
        try readMore()
      }
    }
    if row == 0 { return nil }
    let parts = columns.indices.map { index in
      defer { if isWhole { columns[index].shrink() } }
      return columns[index].take(rows: row, isMissing: scanner.isMissing)
    }
    if isWhole { capacity = 0 }
    return Table(names: scanner.names, parts)
  }

  /// Returns all rows, of which there must be one.
  func rest() throws(DataError) -> Table {
    if let table = try next(rows: .max) { return table }
    throw DataError(path, .malformed(found: "a header alone", expected: "rows"), at: offset)
  }

  /// Returns for how many rows there should be room after these: for those of the file, with a twentieth to spare, if the rest
  /// is like what was read, within bounds for a file where it is not, or which is compressed.
  private func likelyRows(after rows: Int) -> Int {
    let likely = 1.05 * Double(rows) * Double(content.file.size) / Double(max(1, offset))
    return min(2 * capacity, max(capacity + capacity / 4, Int(likely)))
  }

  /// Makes room for rows. Before that takes much more memory than the file, all that follows is read once in blocks if
  /// asked for, so that a damaged file is found out before.
  private func makeRoom(for rows: Int, checking: Bool) throws(DataError) {
    guard rows > capacity else { return }
    let rowSize = columns.reduce(0) { $0 + $1.cellByteCount }
    guard let size = byteCount(of: [rows], elementSize: max(1, rowSize)) else {
      throw DataError(path, .tooLarge("\(rows) rows of \(rowSize) bytes"))
    }
    // There may be twice as many texts in twice as many rows.
    let total = columns.reduce(size) { $0 + 2 * $1.texts.byteCount }
    if checking, !isChecked, total > content.file.size + uncheckedSize {
      isChecked = true
      let reader = try CSVReader(path, as: format)
      while try reader.next(rows: max(1, (1 << 18) / columns.count)) != nil {}
    }
    try content.file.requireMemory(for: total)
    for index in columns.indices { columns[index].reserve(rows) }
    capacity = rows
  }
}

// MARK: - Bytes

extension CSVReader {
  /// Moves what is left to the front and reads more behind it.
  private func readMore() throws(DataError) {
    let left = scanner.end - scanner.position
    bytesStart += scanner.position - UnsafePointer(bytes.start)
    if left < bytes.capacity {
      bytes.start.update(from: scanner.position, count: left)
    } else {
      guard left < Self.maximumRowSize else {
        throw DataError(
          path, .tooLarge("line \(scanner.line) begins a row of more than \(Self.maximumRowSize >> 20) MiB"),
          at: bytesStart, advice: "a quote in it may not be closed")
      }
      bytes.makeRoom(for: 2 * bytes.capacity)
    }
    let room = UnsafeMutableRawBufferPointer(start: bytes.start + left, count: bytes.capacity - left)
    let count = try content.next(room)
    bytes.count = left + count
    scanner.isLast = count < room.count
    (scanner.position, scanner.end) = (UnsafePointer(bytes.start), UnsafePointer(bytes.start + left + count))
  }

  private func offset(of address: Int) -> Int { bytesStart + address - Int(bitPattern: bytes.start) }

  private func located(_ fault: CSVFault) -> DataError {
    DataError(
      path, .malformed(found: fault.found, expected: fault.expected), at: offset(of: fault.address),
      advice: fault.advice)
  }

  /// Skips a byte order mark, and throws if the file is empty or no text.
  private func checkText() throws(DataError) {
    let start = [UInt8](UnsafeBufferPointer(start: bytes.start, count: min(8, scanner.end - scanner.position)))
    if start.isEmpty { throw DataError(path, .cutShort(expected: 1, found: 0), at: 0) }
    if start.starts(with: [0xEF, 0xBB, 0xBF]) { scanner.position += 3 }
    if start.starts(with: [0xFE, 0xFF]) || start.starts(with: [0xFF, 0xFE]) {
      throw DataError(
        path, .malformed(found: "UTF-16", expected: "UTF-8"), at: 0, advice: "convert it with iconv -f utf-16 -t utf-8")
    }
    let isArchive = start.starts(with: [0x50, 0x4B, 0x03, 0x04])
    guard let index = isArchive ? 0 : start.firstIndex(of: 0) else { return }
    throw DataError(
      path,
      .malformed(found: isArchive ? "a zip archive (such as an Excel workbook)" : "binary data", expected: "text"),
      at: index, advice: isArchive ? "save the sheet as CSV" : nil)
  }
}

// MARK: - The beginning of a file

extension CSVReader {
  /// Finds delimiter, names and types, and goes to the first row of values.
  private func begin(_ format: CSV) throws(DataError) {
    repeat {
      scanner.delimiter = format.delimiter?.asciiValue ?? scanner.likelyDelimiter
    } while try !hasNames(format)
    if let name = scanner.names.firstRepeated { throw DataError(path, .duplicateKey(name)) }
    if let name = format.types.keys.sorted().first(where: { !scanner.names.contains($0) }) {
      throw DataError(
        path, .malformed(found: "\(TableError.noColumn(name, among: scanner.names))", expected: "the types of columns"))
    }
    let kinds = scanner.likelyKinds
    columns = .allocate(capacity: kinds.count)
    for (index, name) in scanner.names.enumerated() {
      columns.initializeElement(at: index, to: ColumnBuilder(kinds[index], declaredType: format.types[name]))
    }
  }

  /// Reads the names of the columns; returns false if there must be more bytes for it, which are read.
  private func hasNames(_ format: CSV) throws(DataError) -> Bool {
    do { if try scanner.readNames(hasHeader: format.hasHeader, atMost: Self.maximumColumnCount) { return true } } catch
    {
      throw located(error)
    }
    if scanner.isLast { throw DataError(path, .malformed(found: "empty lines alone", expected: "rows"), at: offset) }
    try readMore()
    return false
  }
}

extension [String] {
  /// The first that stands here a second time.
  fileprivate var firstRepeated: String? {
    var known = Set<String>()
    return first { !known.insert($0).inserted }
  }
}
