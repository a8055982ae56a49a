import StrataTensor

/// Named columns of one length, as they come from a file of rows.
///
/// ```swift
/// let table = try Table(csv: "data/wine.csv")
/// print(table.describe())
/// let (train, test) = table.split(Split(stratifying: table["cultivar"].texts, seed: 1))
/// ```
///
/// It is what a ``Preprocessor`` makes tensors of, and no more: columns and rows are selected, not computed with.
public struct Table: Sendable, Equatable {
  /// The names of the columns, all different.
  public let columnNames: [String]

  /// The columns, in the order of their names.
  public let columns: [Column]

  /// The number of rows.
  public let rowCount: Int

  private let places: [String: Int]

  /// A table of these columns, which have different names and the same number of rows.
  public init(_ columns: KeyValuePairs<String, Column>) {
    self.init(names: columns.map(\.key), columns.map(\.value))
  }

  /// A table of columns by their names.
  public init(names: [String], _ columns: [Column]) {
    let counts = columns.map(\.count)
    require(
      names.count == columns.count && Set(names).count == names.count && Set(counts).count <= 1,
      "Table: \(columns.count) columns of \(counts) rows named \(names) are not possible; they need different names and "
        + "one number of rows")
    (columnNames, self.columns, rowCount) = (names, columns, counts.first ?? 0)
    places = Dictionary(uniqueKeysWithValues: names.enumerated().map { ($1, $0) })
  }

  /// The column of a name, which must be there.
  public subscript(name: String) -> Column {
    guard let column = column(name) else { stop("Table: \(TableError.noColumn(name, among: columnNames))") }
    return column
  }

  /// The column of a name; nil if there is none.
  public func column(_ name: String) -> Column? { places[name].map { columns[$0] } }

  /// The columns of these names, which must be there, in this order.
  public func selecting(_ names: [String]) -> Table { Table(names: names, names.map { self[$0] }) }

  /// All columns but these, which must be there.
  public func dropping(_ names: [String]) -> Table {
    _ = selecting(names)
    return selecting(columnNames.filter { !names.contains($0) })
  }

  /// The table with another column at its end, or with the one of this name replaced.
  public func setting(_ name: String, to column: Column) -> Table {
    var (names, columns) = (columnNames, columns)
    if let place = places[name] {
      columns[place] = column
    } else {
      (names, columns) = (names + [name], columns + [column])
    }
    return Table(names: names, columns)
  }

  /// The rows of these numbers, in this order.
  public func gathered(rows: [Int]) -> Table {
    if let row = rows.first(where: { !(0..<rowCount ~= $0) }) {
      stop("Table: there is no row \(row) among \(rowCount)")
    }
    return Table(names: columnNames, columns.map { $0.gathered(rows: rows) })
  }

  /// The rows of a range.
  public subscript(rows: Range<Int>) -> Table { gathered(rows: Array(rows)) }

  /// The first rows.
  public func head(_ count: Int = 5) -> Table { self[0..<min(max(0, count), rowCount)] }

  /// The rows for which a function of their number is true.
  public func filter(_ isIncluded: (Int) throws -> Bool) rethrows -> Table {
    gathered(rows: try (0..<rowCount).filter(isIncluded))
  }

  /// The rows of the training and of the test part.
  public func split(_ split: Split) -> (train: Table, test: Table) {
    (gathered(rows: split.train), gathered(rows: split.test))
  }
}
