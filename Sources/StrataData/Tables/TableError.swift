import StrataTensor

/// A table that does not suit what is to be made of it.
public struct TableError: Error, Equatable, Sendable, CustomStringConvertible {
  /// The fault, its column and row, and the remedy.
  public let description: String

  init(_ description: String) { self.description = description }

  /// There is no column of a name.
  static func noColumn(_ name: String, among names: [String]) -> TableError {
    let hint = nearest(to: name, among: names).map { "; did you mean \(quoted($0))?" } ?? ""
    let listed = names.prefix(20).map(quoted).joined(separator: ", ") + (names.count > 20 ? ", …" : "")
    return TableError("there is no column \(quoted(name)) among \(listed)\(hint)")
  }

  /// A value has no meaning in its column.
  static func value(_ found: String, in column: String, row: Int, expected: String) -> TableError {
    TableError("column \(quoted(column)) has \(found) in row \(row) instead of \(expected)")
  }
}
