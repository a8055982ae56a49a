import StrataTensor

/// A column with its rule and what was found in the rows that a ``Preprocessor`` was fitted to.
struct FittedColumn: Sendable, Equatable, Codable {
  let name: String
  let rule: ColumnRule

  /// Of numbers: what is subtracted, what is divided by, and what replaces a missing one.
  private(set) var center = 0.0
  private(set) var scale = 1.0
  private(set) var replacement: Double?

  /// Of categories: the different values, sorted.
  private(set) var categories: [String] = []

  init(_ name: String, _ column: Column, _ rule: ColumnRule) throws(TableError) {
    (self.name, self.rule) = (name, rule)
    if rule.isCategorical {
      categories = column.categories
      return
    }
    guard let numbers = column.numbers else {
      throw TableError("column \(quoted(name)) is text; give it the rule .oneHot(), .ordinal or .omit")
    }
    if let row = numbers.firstIndex(where: \.isInfinite) {
      throw .value("\(numbers[row])", in: name, row: row, expected: "a finite number")
    }
    let summary = ColumnSummary(of: column)
    guard let mean = summary.mean else {
      throw TableError("column \(quoted(name)) has no value; give it the rule .omit")
    }
    let (least, greatest) = (summary.quantile(0)!, summary.quantile(1)!)
    switch rule.encoding {
    case .standardized: (center, scale) = (mean, (summary.variation / Double(summary.count)).squareRoot())
    case .minMax: (center, scale) = (least, greatest - least)
    case .unchanged, .oneHot, .ordinal, .omitted: break
    }
    // Of one value the rounding of its mean may be left.
    if least == greatest { (center, scale) = (rule.encoding == .unchanged ? 0 : least, 1) }
    switch rule.missing {
    case .mean: replacement = mean
    case .median: replacement = summary.quantile(0.5)!
    case .constant(let number): replacement = number
    case nil: break
    }
    guard isUsable else { throw TableError("column \(quoted(name)) has numbers too large for their mean and spread") }
  }

  /// Whether its numbers have a meaning, which those of a file may not.
  var isUsable: Bool {
    center.isFinite && scale.isFinite && scale > 0 && replacement?.isFinite ?? true
      && Set(categories).count == categories.count
  }

  /// The names of its features.
  var featureNames: [String] {
    let values: [String] =
      switch rule.encoding {
      case .standardized, .minMax, .unchanged: [name]
      case .oneHot: categories.map { "\(name)=\($0)" }
      case .ordinal, .omitted: []
      }
    return values + (rule.hasIndicator ? ["\(name) is missing"] : [])
  }

  /// Writes the features of all rows, one row every `width` numbers; they are zeros before.
  func write(_ column: Column, to features: UnsafeMutablePointer<Float>, width: Int, firstRow: Int) throws(TableError) {
    if rule.encoding == .oneHot {
      for (row, code) in codes(of: column).enumerated() where code < categories.count {
        features[row * width + code] = 1
      }
    } else {
      for (row, number) in try numbers(of: column, firstRow: firstRow).enumerated() {
        features[row * width] = Float(number)
      }
    }
    if rule.hasIndicator {
      let place = featureNames.count - 1
      for row in 0..<column.count where column.isMissing(row) { features[row * width + place] = 1 }
    }
  }

  /// The scaled numbers of all rows.
  func numbers(of column: Column, firstRow: Int) throws(TableError) -> [Double] {
    guard var numbers = column.numbers else {
      throw TableError("column \(quoted(name)) is text, and was numbers where the preprocessor was fitted")
    }
    for row in numbers.indices {
      if numbers[row].isNaN {
        guard let replacement else {
          throw .value("no value", in: name, row: firstRow + row, expected: "a number")
        }
        numbers[row] = replacement
      }
      numbers[row] = (numbers[row] - center) / scale
    }
    return numbers
  }

  /// The places of all rows' values among the categories; their number where a value is missing or not among them.
  func codes(of column: Column) -> [Int] {
    let places = Dictionary(categories.enumerated().map { ($1, $0) }, uniquingKeysWith: { first, _ in first })
    let texts = column.categoryTexts
    let codes = texts.values.map { places[$0] ?? categories.count }
    return texts.codes.map { $0 < 0 ? categories.count : codes[Int($0)] }
  }

  /// The numbers before they were scaled.
  func restored(_ numbers: [Double]) -> [Double] { numbers.map { $0 * scale + center } }
}

extension Column {
  /// The different values as text, numbers in their order, text in that of its scalars.
  var categories: [String] {
    switch self {
    case .integers(let numbers): Set(numbers).sorted().map { "\($0)" }
    case .decimals(let numbers):
      Column.decimals(Set(numbers.filter { !$0.isNaN }).sorted()).categoryTexts.compactMap(\.self)
    case .text(let texts):
      texts.distinctValues.sorted { $0.unicodeScalars.lexicographicallyPrecedes($1.unicodeScalars) }
    }
  }

  /// The cells as text, a decimal without a fraction as the integer that it is where no number is missing.
  fileprivate var categoryTexts: TextColumn {
    guard case .decimals(let numbers) = self else { return texts }
    return TextColumn(numbers.lazy.map { $0.isNaN ? nil : Int(exactly: $0).map { "\($0)" } ?? "\($0)" })
  }
}
