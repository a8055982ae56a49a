import StrataTensor

/// How a file of comma-separated values is written, and what its cells mean.
///
/// ```swift
/// let table = try Table(csv: "prices.csv", as: CSV(delimiter: ";", decimalPoint: ",", types: ["postcode": .text]))
/// ```
///
/// Files are as RFC 4180 describes them: rows of cells, all of one number; a cell that begins with a quote ends with one,
/// may hold delimiters and line ends, and has each quote of its text twice. Lines end in CR LF, LF or CR, empty ones are
/// skipped, and a byte order mark too. Text is UTF-8. A file may be gzipped.
///
/// A column whose cells in the first mebibyte are numbers, but for missing ones, is one of numbers; what is no number
/// later in the file is an error then, which says how to have the column as text.
public struct CSV: Sendable, Equatable {
  /// What separates cells, one ASCII character; nil for that of comma, semicolon, tab and bar by which the first rows have
  /// the same number of cells, and most.
  public var delimiter: Character? { didSet { requireOptions() } }

  /// Whether the first row has the names of the columns; nil if it has them unless one of its cells is a number. Without
  /// names, or where one is empty, columns are "column 1", "column 2", …
  public var hasHeader: Bool?

  /// What stands between the whole and the fraction of a number: a point or a comma.
  public var decimalPoint: Character { didSet { requireOptions() } }

  /// Cells that stand for a missing value, quoted or not.
  public var missing: Set<String>

  /// The types of columns by name, for those whose cells are not to decide it.
  public var types: [String: ColumnType]

  /// What pandas takes for missing.
  public static let missingValues: Set<String> = [
    "", "#N/A", "#N/A N/A", "#NA", "-1.#IND", "-1.#QNAN", "-NaN", "-nan", "1.#IND", "1.#QNAN", "<NA>", "N/A", "NA",
    "NULL",
    "NaN", "None", "n/a", "nan", "null",
  ]

  /// A description of files; by default all is found out from the first rows.
  public init(
    delimiter: Character? = nil, hasHeader: Bool? = nil, decimalPoint: Character = ".",
    missing: Set<String> = missingValues, types: [String: ColumnType] = [:]
  ) {
    (self.delimiter, self.hasHeader, self.decimalPoint) = (delimiter, hasHeader, decimalPoint)
    (self.missing, self.types) = (missing, types)
    requireOptions()
  }

  private func requireOptions() {
    require(
      [".", ","].contains(decimalPoint) && delimiter != decimalPoint,
      "CSV: numbers with the decimal point \"\(decimalPoint)\" between delimiters \"\(delimiter ?? ",")\" are not possible; "
        + "the point is . or , and the delimiter another character")
    require(
      delimiter.map {
        $0.isASCII && !$0.isLetter && !$0.isNumber && !["\"", "\r", "\n", "\r\n", "+", "-", "\0"].contains($0)
      }
        ?? true,
      "CSV: \"\(delimiter ?? ",")\" cannot separate cells; take one ASCII character such as , ; | or a tab")
  }
}

extension Table {
  /// Reads a file of comma-separated values, or of values that another character separates.
  ///
  /// - Throws: ``DataError`` that names line, column and what stands there, if rows have different numbers of cells, a
  ///   quote is not closed, a number is none, or text is not UTF-8.
  public init(csv path: String, as format: CSV = CSV()) throws(DataError) {
    self = try CSVReader(path, as: format).rest()
  }

  /// Writes the table with a header, numbers with as many digits as tell them apart, and missing values as empty cells.
  ///
  /// - Throws: ``DataError`` with the reason `unwritable`; an existing file is then unchanged.
  public func write(csv path: String, delimiter: Character = ",") throws(DataError) {
    let file = try OutputFile(replacing: path)
    _ = CSV(delimiter: delimiter)  // which stops where it cannot separate cells
    let special: Set<Unicode.Scalar> = ["\"", "\r", "\n", delimiter.unicodeScalars.first!]
    func cell(_ text: String) -> String {
      // A line without anything would be skipped.
      if text.isEmpty, columnNames.count == 1 { return "\"\"" }
      // By scalars: a quote and an accent after it are one character.
      guard text.unicodeScalars.contains(where: special.contains) else { return text }
      var result = "\""
      for scalar in text.unicodeScalars { result += (scalar == "\"" ? "\"" : "") + String(scalar) }
      return result + "\""
    }
    func line(_ cells: [String]) -> String { cells.joined(separator: String(delimiter)) + "\r\n" }
    try file.append(Array(line(columnNames.map(cell)).utf8))
    for start in stride(from: 0, to: rowCount, by: 4096) {
      let rows = start..<min(rowCount, start + 4096)
      let columns = columns.map { column in column.gathered(rows: Array(rows)).texts.map { cell($0 ?? "") } }
      try file.append(Array(rows.indices.map { row in line(columns.map { $0[row - start] }) }.joined().utf8))
    }
    try file.commit()
  }
}
