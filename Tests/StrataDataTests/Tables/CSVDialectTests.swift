import Foundation
import StrataData
import Testing

/// Dialects of CSV, each read as pandas reads it; Tests/References/make_csv.py makes the file.
@Suite(.seeded) struct `CSV is read as pandas reads it` {
  @Test(arguments: dialects.keys.sorted()) func dialect(name: String) throws {
    let dialect = try #require(Self.dialects[name])
    let table = try withFile(Array(dialect.text.utf8)) { try Table(csv: $0, as: dialect.options.format) }
    #expect(table.columnNames == dialect.columns.map(\.name))
    for (column, expected) in zip(table.columns, dialect.columns) {
      #expect(column == expected.column, "\(expected.name)")
      if case (.decimals(let numbers), .decimals(let others)) = (column, expected.column) {
        // To the sign of a zero.
        #expect(zip(numbers, others).allSatisfy { $0.isNaN || $0.bitPattern == $1.bitPattern })
      }
    }
  }

  @Test func `in thirty dialects at least`() { #expect(Self.dialects.count >= 30) }

  struct Dialect: Decodable {
    let text: String
    let options: Options
    let columns: [Values]
  }

  struct Options: Decodable {
    var delimiter: String?
    var decimalPoint: String?
    var hasHeader: Bool?
    var missing: Set<String>?
    var types: [String: ColumnType]?

    var format: CSV {
      CSV(
        delimiter: delimiter?.first, hasHeader: hasHeader, decimalPoint: decimalPoint?.first ?? ".",
        missing: missing ?? CSV.missingValues, types: types ?? [:])
    }
  }

  struct Values: Decodable {
    let name: String
    let column: Column

    enum CodingKeys: CodingKey { case name, type, values }

    init(from decoder: any Decoder) throws {
      let container = try decoder.container(keyedBy: CodingKeys.self)
      name = try container.decode(String.self, forKey: .name)
      switch try container.decode(ColumnType.self, forKey: .type) {
      case .integer: column = .integers(try container.decode([Int].self, forKey: .values))
      case .decimal: column = .decimals(try container.decode([Number?].self, forKey: .values).map { $0?.value ?? .nan })
      case .text: column = .text(TextColumn(try container.decode([String?].self, forKey: .values)))
      }
    }
  }

  /// A number, or an infinity as text.
  struct Number: Decodable {
    let value: Double
    init(from decoder: any Decoder) throws {
      let container = try decoder.singleValueContainer()
      value = try (try? container.decode(String.self)).flatMap(Double.init) ?? container.decode(Double.self)
    }
  }

  /// None where the file cannot be read, which the number of dialects tells.
  static let dialects: [String: Dialect] = {
    let path = URL(fileURLWithPath: #filePath).appendingPathComponent("../../../References/csv.json")
    let read = try? JSONDecoder().decode([String: Dialect].self, from: Data(contentsOf: path.standardizedFileURL))
    return read ?? [:]
  }()
}
