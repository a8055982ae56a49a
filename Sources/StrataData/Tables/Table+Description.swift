import Foundation
import StrataTensor

extension Table: CustomStringConvertible {
  /// The rows under the names and types of the columns; of more than 30 rows the first and last five, of more than 12
  /// columns the first ten.
  public var description: String {
    let shown = columnNames.indices.prefix(columnNames.count > 12 ? 10 : 12)
    let isLong = rowCount > 30
    let rows = isLong ? Array(0..<5) + Array(rowCount - 5..<rowCount) : Array(0..<rowCount)
    var lines = [[""] + shown.map { excerpt(columnNames[$0]) }, [""] + shown.map { columns[$0].type.rawValue }]
    lines += rows.map { row in ["\(row)"] + shown.map { columns[$0].cellText(row) } }
    if isLong { lines.insert(["…"] + shown.map { _ in "…" }, at: 7) }
    let numeric = Set(shown.filter { columns[$0].type != .text }.map { $0 + 1 })
    let more = columnNames.count > shown.count ? ", of which the first \(shown.count) are shown" : ""
    return table(lines, rightAligned: numeric.union([0]), hasTotal: false)
      + "\n\(grouped(rowCount)) rows, \(grouped(columnNames.count)) columns\(more)"
  }

  /// A table of what the columns hold, a row each: the number of values present and missing, of numbers mean, standard
  /// deviation (divided by n − 1), minimum, quartiles and maximum, of text the number of different ones and the most
  /// frequent.
  ///
  /// Quartiles lie between the two nearest values where they fall between them, as in pandas.
  public func describe() -> Table {
    let summaries = columns.map { ColumnSummary(of: $0) }
    func decimals(_ figure: (ColumnSummary) -> Double?) -> Column { .decimals(summaries.map { figure($0) ?? .nan }) }
    return Table([
      "column": .text(TextColumn(columnNames)), "count": .integers(summaries.map(\.count)),
      "missing": .integers(columns.map(\.missingCount)),
      "mean": decimals(\.mean), "std": decimals(\.deviation), "min": decimals { $0.quantile(0) },
      "25 %": decimals { $0.quantile(0.25) }, "50 %": decimals { $0.quantile(0.5) },
      "75 %": decimals { $0.quantile(0.75) }, "max": decimals { $0.quantile(1) },
      "different": decimals { $0.differentTexts.map(Double.init) },
      "most frequent": .text(TextColumn(summaries.map(\.mode))),
    ])
  }
}

extension Column {
  /// A cell in few characters.
  fileprivate func cellText(_ row: Int) -> String {
    if isMissing(row) { return "–" }
    return switch self {
    case .integers(let numbers): "\(numbers[row])"
    case .decimals(let numbers): String(format: "%.6g", numbers[row])
    case .text(let texts): excerpt(texts[row]!)
    }
  }
}

/// A text in one line of at most 24 characters.
private func excerpt(_ text: String) -> String {
  let line = text.map { $0.isNewline ? " " : $0 }
  return String(line.prefix(24)) + (line.count > 24 ? "…" : "")
}
