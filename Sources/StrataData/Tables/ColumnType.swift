/// What the cells of a ``Column`` are.
public enum ColumnType: String, Sendable, Codable, CaseIterable {
  /// Whole numbers of 64 bits. A column with a missing value holds decimals.
  case integer
  /// Numbers in double precision, NaN where one is missing.
  case decimal
  /// Text, dates among it.
  case text
}
