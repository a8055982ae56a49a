import Foundation
import StrataData

/// What pandas and scikit-learn made of a table; Tests/References/make_tabular.py makes the file.
struct TabularReferences: Decodable {
  struct Features: Decodable {
    let numbers: [String: [Double]]
    let onehot: [[Double]]
    let ordinal: [Int]
    let indicator: [Double]

    init(from decoder: any Decoder) throws {
      let container = try decoder.container(keyedBy: Name.self)
      onehot = try container.decode([[Double]].self, forKey: Name(stringValue: "onehot"))
      ordinal = try container.decode([Int].self, forKey: Name(stringValue: "ordinal"))
      indicator = try container.decode([Double].self, forKey: Name(stringValue: "indicator"))
      var numbers: [String: [Double]] = [:]
      for key in container.allKeys where key.stringValue.contains("standardized") || key.stringValue.contains("minmax")
      {
        numbers[key.stringValue] = try container.decode([Double].self, forKey: key)
      }
      self.numbers = numbers
    }
  }

  struct Name: CodingKey {
    let stringValue: String
    var intValue: Int? { nil }
    init(stringValue: String) { self.stringValue = stringValue }
    init?(intValue: Int) { nil }
  }

  struct Values: Decodable {
    let area: [Double?]
    let rooms: [Int]
    let constant, price: [Double]
    let city, kind: [String?]
  }

  struct Splits: Decodable {
    let labels, groups: [Int]
    let folds: Int
    let test: [String: [[Int]]]
    let share: Double
    let testCount: Int
    let weights: [Double]
  }

  let train: Int
  let table: Values
  let describe: [String: [Double?]]
  let features: Features
  let splits: [Splits]

  static func load() throws -> TabularReferences {
    let path = URL(fileURLWithPath: #filePath).appendingPathComponent("../../../References/tabular.json")
    return try JSONDecoder().decode(TabularReferences.self, from: Data(contentsOf: path.standardizedFileURL))
  }

  var data: Table {
    Table([
      "area": .decimals(table.area.map { $0 ?? .nan }), "rooms": .integers(table.rooms),
      "constant": .decimals(table.constant), "price": .decimals(table.price), "city": .text(TextColumn(table.city)),
      "kind": .text(TextColumn(table.kind)),
    ])
  }
}
