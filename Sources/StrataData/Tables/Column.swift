import StrataTensor

/// The cells of one name in a ``Table``, a row each.
///
/// ```swift
/// let table = Table(["city": .text(["Bern", nil]), "people": .integers([134_000, 0]), "km²": .decimals([51.6, .nan])])
/// ```
public enum Column: Sendable {
  /// Whole numbers, none missing.
  case integers([Int])
  /// Numbers, NaN where one is missing.
  case decimals([Double])
  /// Text, nil where it is missing.
  case text(TextColumn)

  /// The number of rows.
  public var count: Int {
    switch self {
    case .integers(let numbers): numbers.count
    case .decimals(let numbers): numbers.count
    case .text(let texts): texts.count
    }
  }

  /// What the cells are.
  public var type: ColumnType {
    switch self {
    case .integers: .integer
    case .decimals: .decimal
    case .text: .text
    }
  }

  /// Whether the value of a row is missing.
  public func isMissing(_ row: Int) -> Bool {
    switch self {
    case .integers: false
    case .decimals(let numbers): numbers[row].isNaN
    case .text(let texts): texts.codes[row] < 0
    }
  }

  /// How many values are missing.
  public var missingCount: Int { (0..<count).count(where: isMissing) }

  /// The numbers, NaN where one is missing; nil of text, unless all of it is missing.
  public var numbers: [Double]? {
    switch self {
    case .integers(let numbers): numbers.map(Double.init)
    case .decimals(let numbers): numbers
    case .text(let texts): texts.codes.allSatisfy { $0 < 0 } ? Array(repeating: .nan, count: count) : nil
    }
  }

  /// The cells as text, nil where one is missing. Numbers are written with as many digits as tell them apart.
  public var texts: TextColumn {
    switch self {
    case .integers(let numbers): TextColumn(numbers.lazy.map { "\($0)" })
    case .decimals(let numbers): TextColumn(numbers.lazy.map { $0.isNaN ? nil : "\($0)" })
    case .text(let texts): texts
    }
  }

  /// The rows of these numbers, in this order.
  func gathered(rows: [Int]) -> Column {
    switch self {
    case .integers(let numbers): .integers(rows.map { numbers[$0] })
    case .decimals(let numbers): .decimals(rows.map { numbers[$0] })
    case .text(let texts): .text(TextColumn(values: texts.values, codes: rows.map { texts.codes[$0] }))
    }
  }
}

extension Column: Equatable {
  /// Whether type and cells are the same; a missing number equals another.
  public static func == (a: Column, b: Column) -> Bool {
    switch (a, b) {
    case (.integers(let a), .integers(let b)): a == b
    case (.decimals(let a), .decimals(let b)): a.elementsEqual(b) { $0 == $1 || $0.isNaN && $1.isNaN }
    case (.text(let a), .text(let b)): a == b
    default: false
    }
  }
}
