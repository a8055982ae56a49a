import Foundation

/// Reads rows from bytes at hand into columns.
///
/// A row that goes on behind the bytes is left, to be read again when there are more: what it stored is overwritten.
struct CSVScanner {
  /// Why no more rows are read.
  enum Outcome { case isFull, needsRoom, needsBytes }

  /// The next row, and the end of the bytes, which are followed by those of ``ByteBlock/padding``.
  var position: UnsafePointer<UInt8>
  var end: UnsafePointer<UInt8>

  /// Whether the file ends with the bytes.
  var isLast = false

  /// The line of the file that the next row begins.
  var line = 1

  var delimiter = UInt8(ascii: ",")

  /// The names of the columns, once they are known.
  var names: [String] = []

  let point: UInt8
  private let missing: [[UInt8]]
  /// Whether a number can stand for a missing value.
  private let hasMissingNumber: Bool

  /// Where a cell is put together from which doubled quotes were removed.
  private let scratch = ByteBlock(capacity: 4096)

  init(_ bytes: ByteBlock, _ format: CSV) {
    (position, end) = (UnsafePointer(bytes.start), UnsafePointer(bytes.start))
    point = format.decimalPoint.asciiValue!
    missing = format.missing.map { Array($0.utf8) }
    let (scratch, point) = (scratch, point)
    hasMissingNumber = missing.contains { text in
      scratch.makeRoom(for: text.count)
      for (index, byte) in text.enumerated() { scratch.start[index] = byte }
      scratch.count = text.count
      let bytes = UnsafeBufferPointer(start: UnsafePointer(scratch.start), count: text.count)
      return CSVCell(start: scratch.start, bytes: bytes, end: scratch.start).number(point: point) != nil
    }
  }

  /// Reads rows up to a number of them, into columns that have room for `capacity`.
  mutating func readRows(
    _ row: inout Int, upTo limit: Int, capacity: Int, into columns: UnsafeMutableBufferPointer<ColumnBuilder>
  ) throws(CSVFault) -> Outcome {
    while row < limit {
      guard try skipEmptyLines() else { return .needsBytes }
      if row == capacity { return .needsRoom }
      var (p, lines) = (position, 1)
      for index in columns.indices {
        let column = columns.baseAddress! + index
        switch column.pointee.kind {
        case .integer, .decimal:
          if !hasMissingNumber, let number = ScannedNumber(at: p, point: point), isEnd(number.end),
            column.pointee.accepts(number)
          {
            column.pointee.store(number, at: row)
            p = number.end
          } else if try !readOther(&p, &lines, row, column, index) {
            return .needsBytes
          }
        case .text where p.pointee != UInt8(ascii: "\""):
          let start = p
          p = plainEnd(from: p)
          let text = UnsafeBufferPointer(start: start, count: p - start)
          if column.pointee.store(text, at: row), p < end || isLast { try checkText(text, at: start, index) }
        case .text, .unknown:
          if try !readOther(&p, &lines, row, column, index) { return .needsBytes }
        }
        guard p < end || isLast else { return .needsBytes }
        try checkEnd(of: index, among: columns.count, at: p)
        if index < columns.count - 1 { p += 1 }
      }
      guard skipLineEnd(&p) else { return .needsBytes }
      line += lines
      row += 1
      position = p
    }
    return .isFull
  }

  /// Reads a cell that is not plainly a number or text; returns false if more bytes are needed.
  @inline(never)
  private mutating func readOther(
    _ p: inout UnsafePointer<UInt8>, _ lines: inout Int, _ row: Int, _ column: UnsafeMutablePointer<ColumnBuilder>,
    _ index: Int
  ) throws(CSVFault) -> Bool {
    guard let cell = try cell(at: p, index) else { return false }
    let start = p
    (p, lines) = (cell.end, lines + cell.lineCount)
    if isMissing(cell.bytes) {
      column.pointee.storeMissing(at: row)
      return true
    }
    let number = column.pointee.kind == .text ? nil : cell.number(point: point)
    if column.pointee.kind == .unknown {
      column.pointee.become(number.map { $0.isInteger ? .integer : .decimal } ?? .text, rows: row)
    }
    if column.pointee.kind == .text {
      if column.pointee.store(cell.bytes, at: row) { try checkText(cell.bytes, at: start, index) }
    } else if let number, column.pointee.accepts(number) {
      column.pointee.store(number, at: row)
    } else {
      let name = quoted(names[index])
      throw CSVFault(
        found: "\(excerpt(cell.bytes)) in \(place(index))",
        expected: column.pointee.declaredType == .integer ? "a whole number" : "a number", position: start,
        advice:
          "if the column is text, read it with types: [\(name): .text]; if this stands for a missing value, add it to "
          + "missing")
    }
    return true
  }
}

// MARK: - Cells

extension CSVScanner {
  /// A column and a line for messages.
  private func place(_ index: Int) -> String {
    "column " + (names.indices.contains(index) ? quoted(names[index]) : "\(index + 1)") + ", line \(line)"
  }

  /// A text for messages, cut where it is long.
  private func excerpt(_ text: UnsafeBufferPointer<UInt8>) -> String {
    quoted(String(decoding: text.prefix(40), as: UTF8.self)) + (text.count > 40 ? "…" : "")
  }

  /// Whether a cell stands for a missing value.
  func isMissing(_ cell: UnsafeBufferPointer<UInt8>) -> Bool { missing.contains { cell.elementsEqual($0) } }

  /// Returns the cell that begins at a place; nil if more bytes are needed.
  func cell(at start: UnsafePointer<UInt8>, _ index: Int) throws(CSVFault) -> CSVCell? {
    guard start.pointee == UInt8(ascii: "\"") else {
      let stop = plainEnd(from: start)
      if stop == end, !isLast { return nil }
      return CSVCell(start: start, bytes: UnsafeBufferPointer(start: start, count: stop - start), end: stop)
    }
    var (p, hasDoubled) = (start + 1, false)
    while true {
      guard let quote = memchr(p, 0x22, end - p) else {
        if !isLast { return nil }
        throw CSVFault(
          found: "the end of the file", expected: "the quote that closes \(place(index))", position: start)
      }
      p = UnsafePointer(quote.assumingMemoryBound(to: UInt8.self)) + 1
      if p == end, !isLast { return nil }
      if p == end || p.pointee != UInt8(ascii: "\"") { break }
      hasDoubled = true
      p += 1
    }
    guard isEnd(p) else {
      let bytes = UnsafeBufferPointer(start: p, count: min(end - p, 1))
      throw CSVFault(
        found: "\(excerpt(bytes)) after the closing quote of \(place(index))",
        expected: "a delimiter or the end of the line", position: p,
        advice: "a quote within a cell is written twice")
    }
    let text = UnsafeBufferPointer(start: start + 1, count: p - start - 2)
    var lines = 0
    for (index, byte) in text.enumerated() where byte == 0x0A || byte == 0x0D && (start + 2 + index).pointee != 0x0A {
      lines += 1
    }
    return CSVCell(
      start: start, bytes: hasDoubled ? withoutDoubledQuotes(text) : text, end: p, lineCount: lines)
  }

  private func withoutDoubledQuotes(_ text: UnsafeBufferPointer<UInt8>) -> UnsafeBufferPointer<UInt8> {
    scratch.makeRoom(for: text.count)
    var (count, isSecond) = (0, false)
    for byte in text {
      isSecond = byte == UInt8(ascii: "\"") && !isSecond
      if isSecond { continue }
      scratch.start[count] = byte
      count += 1
    }
    scratch.count = count
    return UnsafeBufferPointer(start: scratch.start, count: count)
  }

  /// Whether a cell may end here.
  @inline(__always)
  private func isEnd(_ p: UnsafePointer<UInt8>) -> Bool {
    if p == end { return isLast }
    return p.pointee == delimiter || p.pointee == 0x0A || p.pointee == 0x0D
  }

  /// Where a cell without quotes that goes on here ends: at a delimiter, a line end, or the end of the bytes.
  @inline(__always)
  private func plainEnd(from start: UnsafePointer<UInt8>) -> UnsafePointer<UInt8> {
    let ones: UInt64 = 0x0101_0101_0101_0101
    // Of the bytes that are 0 the lowest one's highest bit, and only higher ones beside it.
    func zeros(_ word: UInt64) -> UInt64 { (word &- ones) & ~word & (ones << 7) }
    var p = start
    while p < end {
      let word = UInt64(littleEndian: UnsafeRawPointer(p).loadUnaligned(as: UInt64.self))
      let found =
        zeros(word ^ (ones &* UInt64(delimiter))) | zeros(word ^ (ones &* 0x0A)) | zeros(word ^ (ones &* 0x0D))
      if found != 0 { return min(end, p + found.trailingZeroBitCount / 8) }
      p += 8
    }
    return end
  }

  /// Throws unless a delimiter follows each cell but the last, and the end of the line that.
  @inline(__always)
  private func checkEnd(of index: Int, among count: Int, at p: UnsafePointer<UInt8>) throws(CSVFault) {
    let isDelimiter = p < end && p.pointee == delimiter
    if isDelimiter != (index < count - 1) { throw raggedRow(isDelimiter ? nil : index + 1, among: count) }
  }

  private func raggedRow(_ found: Int?, among count: Int) -> CSVFault {
    CSVFault(
      found: (found.map { $0 == 1 ? "1 cell" : "\($0) cells" } ?? "more than \(count) cells") + " in line \(line)",
      expected: "\(count), as in the first row", position: position,
      advice:
        "cells are separated by \(quoted(String(Character(Unicode.Scalar(delimiter))))); those that hold it must be "
        + "in quotes")
  }

  /// Throws if a text has a byte of zero or is not UTF-8.
  @inline(never)
  func checkText(
    _ text: UnsafeBufferPointer<UInt8>, at position: UnsafePointer<UInt8>, _ index: Int
  ) throws(CSVFault) {
    if text.allSatisfy({ 1..<0x80 ~= $0 }) { return }
    let hasZero = text.contains(0)
    if !hasZero, String(validating: text, as: UTF8.self) != nil { return }
    throw CSVFault(
      found: "\(excerpt(text)) in \(place(index))",
      expected: hasZero ? "text, which has no byte of zero" : "UTF-8", position: position,
      advice: hasZero ? nil : "convert the file, for example with iconv -f latin1 -t utf-8")
  }

  /// Goes to the next line that is not empty; returns false if more bytes are needed.
  mutating func skipEmptyLines() throws(CSVFault) -> Bool {
    while position < end, position.pointee == 0x0A || position.pointee == 0x0D {
      guard skipLineEnd(&position) else { return false }
      line += 1
    }
    return position < end
  }

  /// Goes behind the end of a line; returns false if more bytes are needed.
  @inline(__always)
  func skipLineEnd(_ p: inout UnsafePointer<UInt8>) -> Bool {
    if p == end { return isLast }
    if p.pointee == 0x0D {
      if p + 1 == end, !isLast { return false }
      p += 1
      if p == end || p.pointee != 0x0A { return true }
    }
    p += 1
    return true
  }

  /// Gives `body` the cells of the next row and returns whether that is all there; goes on behind it.
  mutating func forEachCell(
    _ body: (_ index: Int, _ cell: CSVCell) throws(CSVFault) -> Void
  ) throws(CSVFault) -> Bool {
    guard try skipEmptyLines() else { return false }
    var (p, index, lines) = (position, 0, 1)
    while true {
      guard let cell = try cell(at: p, index) else { return false }
      try body(index, cell)
      (p, index, lines) = (cell.end, index + 1, lines + cell.lineCount)
      guard p < end, p.pointee == delimiter else { break }
      p += 1
    }
    guard skipLineEnd(&p) else { return false }
    (position, line) = (p, line + lines)
    return true
  }
}
