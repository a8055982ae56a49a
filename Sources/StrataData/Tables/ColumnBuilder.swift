import Foundation

/// The cells of a column while rows are read: numbers or places in a ``TextIndex``, a row each.
///
/// Its memory is given back by ``free()``. It is no class, whose properties cost a check at each use.
struct ColumnBuilder {
  /// What the cells are; unknown while all are missing.
  enum Kind { case unknown, integer, decimal, text }

  private(set) var kind: Kind

  /// The type that was asked for.
  let declaredType: ColumnType?

  /// `Int` or `Double` a row, of text `Int32`.
  private var cells = UnsafeMutablePointer<Int>.reallocated(nil, count: 0)
  private(set) var texts = TextIndex()
  private var capacity = 0

  init(_ likely: Kind, declaredType: ColumnType?) {
    self.declaredType = declaredType
    kind =
      switch declaredType {
      case .integer: .integer
      case .decimal: .decimal
      case .text: .text
      case nil: likely
      }
  }

  func free() {
    Foundation.free(cells)
    texts.free()
  }

  private var decimals: UnsafeMutablePointer<Double> {
    UnsafeMutableRawPointer(cells).assumingMemoryBound(to: Double.self)
  }
  private var codes: UnsafeMutablePointer<Int32> {
    UnsafeMutableRawPointer(cells).assumingMemoryBound(to: Int32.self)
  }

  /// The bytes of a cell.
  var cellByteCount: Int { kind == .text ? 4 : kind == .unknown ? 0 : 8 }

  /// Makes room for rows.
  mutating func reserve(_ rows: Int) {
    capacity = rows
    cells = .reallocated(cells, count: (rows * cellByteCount + 7) / 8)
  }

  /// Whether a number can stand in a column of numbers: any, unless whole ones were asked for.
  @inline(__always)
  func accepts(_ number: ScannedNumber) -> Bool { number.isInteger || kind == .decimal || declaredType != .integer }

  /// Stores a number in a column of numbers.
  @inline(__always)
  mutating func store(_ number: ScannedNumber, at row: Int) {
    if kind == .integer, number.isInteger {
      cells[row] = number.integer
    } else {
      if kind == .integer { becomeDecimals(rows: row) }
      decimals[row] = number.double
    }
  }

  /// Stores a text in a column of text, and returns whether it is the first of its kind.
  @inline(__always)
  mutating func store(_ text: UnsafeBufferPointer<UInt8>, at row: Int) -> Bool {
    let known = texts.count
    let number = texts.number(of: text)
    codes[row] = Int32(truncatingIfNeeded: number)
    return number == known
  }

  /// Stores that a number or text is missing.
  mutating func storeMissing(at row: Int) {
    switch kind {
    case .unknown: break
    case .text: codes[row] = -1
    case .integer, .decimal:
      if kind == .integer { becomeDecimals(rows: row) }
      decimals[row] = .nan
    }
  }

  /// Decides the kind of a column that had missing cells alone.
  mutating func become(_ kind: Kind, rows: Int) {
    self.kind = kind
    reserve(capacity)
    if kind == .text {
      codes.update(repeating: -1, count: rows)
    } else if kind == .decimal || rows > 0 {
      self.kind = .decimal
      decimals.update(repeating: .nan, count: rows)
    }
  }

  @inline(never)
  private mutating func becomeDecimals(rows: Int) {
    for row in 0..<rows { decimals[row] = Double(cells[row]) }
    kind = .decimal
  }

  /// Gives the rows out and begins again without any.
  mutating func take(rows: Int, isMissing: (UnsafeBufferPointer<UInt8>) -> Bool) -> Column {
    switch kind {
    case .unknown: return .decimals(Array(repeating: .nan, count: rows))
    case .integer: return .integers(Array(UnsafeBufferPointer(start: cells, count: rows)))
    case .decimal: return .decimals(Array(UnsafeBufferPointer(start: decimals, count: rows)))
    case .text:
      var (values, places) = ([String](), [Int32]())
      for number in 0..<texts.count {
        let isMissing = isMissing(texts[number])
        places.append(isMissing ? -1 : Int32(values.count))
        if !isMissing { values.append(String(decoding: texts[number], as: UTF8.self)) }
      }
      texts.removeAll()
      let codes = UnsafeBufferPointer(start: codes, count: rows)
      return .text(TextColumn(values: values, codes: codes.map { $0 < 0 ? -1 : places[Int($0)] }))
    }
  }

  /// Gives back the memory of the rows.
  mutating func shrink() { reserve(0) }
}
