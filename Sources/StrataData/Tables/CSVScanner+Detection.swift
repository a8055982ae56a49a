extension CSVScanner {
  /// That of four delimiters by which the first rows have the same number of cells, more than one and most of all; where
  /// none divides them all alike, the one by which the first has most.
  var likelyDelimiter: UInt8 {
    let candidates = [",", ";", "\t", "|"].map { UInt8(ascii: $0) }.filter { $0 != point }
    let scores = candidates.map { candidate in
      var scanner = self
      scanner.delimiter = candidate
      let counts = scanner.cellCounts(ofRows: 20)
      let isAlike = Set(counts).count == 1 && counts[0] > 1
      return (isAlike ? 1 << 32 : 0) + (counts.first ?? 0)
    }
    return candidates[scores.firstIndex(of: scores.max()!)!]
  }

  /// The number of cells in each of the first rows that are at hand; of a damaged one those before the damage.
  private mutating func cellCounts(ofRows limit: Int) -> [Int] {
    var counts: [Int] = []
    while counts.count < limit {
      var count = 0
      do { guard try forEachCell({ _, _ in count += 1 }) else { break } } catch { return counts + [count] }
      counts.append(count)
    }
    return counts
  }

  /// Reads the names of the columns, or makes them where the first row has a number, and goes to the first row of values.
  /// Returns false if more bytes are needed.
  mutating func readNames(hasHeader: Bool?, atMost limit: Int) throws(CSVFault) -> Bool {
    guard try skipEmptyLines() else { return false }
    let (start, startLine) = (position, line)
    var (cells, hasNumber) = ([String](), false)
    let scanner = self
    let isWhole = try forEachCell { index, cell throws(CSVFault) in
      if index == limit {
        throw CSVFault(
          found: "more than \(limit) cells in line \(startLine)", expected: "at most \(limit)", position: cell.start)
      }
      try scanner.checkText(cell.bytes, at: cell.start, index)
      cells.append(String(decoding: cell.bytes, as: UTF8.self))
      hasNumber = hasNumber || cell.number(point: scanner.point) != nil
    }
    guard isWhole else { return false }
    let isHeader = hasHeader ?? !hasNumber
    if !isHeader { (position, line) = (start, startLine) }
    names = cells.enumerated().map { isHeader && !$1.isEmpty ? $1 : "column \($0 + 1)" }
    return true
  }

  /// What the cells of each column are in the rows at hand.
  var likelyKinds: [ColumnBuilder.Kind] {
    var (scanner, kinds) = (self, names.map { _ in ColumnBuilder.Kind.unknown })
    func look(_ index: Int, _ cell: CSVCell) {
      guard index < kinds.count, kinds[index] != .text, !isMissing(cell.bytes) else { return }
      let number = cell.number(point: point)
      if number == nil {
        kinds[index] = .text
      } else if kinds[index] != .decimal {
        kinds[index] = number!.isInteger ? .integer : .decimal
      }
    }
    while (try? scanner.forEachCell(look)) ?? false {}
    return kinds
  }
}
