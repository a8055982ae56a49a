import StrataTensor

/// What makes tensors of tables: how each column is scaled, encoded and filled, as fitted to the training rows.
///
/// ```swift
/// let (train, test) = table.split(Split(of: table.rowCount, seed: 1))
/// let preprocessor = try Preprocessor(
///   fitting: train, target: "price", rules: ["area": .standardize(missing: .median), "city": .ordinal])
/// let data = try preprocessor.dataset(of: train)         // inputs [N, F], labels [N, 1]
/// try Safetensors.write(model.state, metadata: preprocessor.metadata, to: "model.safetensors")
/// let loaded = try Preprocessor(metadata: Safetensors.metadata(of: "model.safetensors"))
/// ```
///
/// Only the rows given to ``init(fitting:target:rules:targetRule:)`` decide means, categories and the like; others, such
/// as those of a test, are transformed by them. Columns without a rule are standardized where they are numbers and
/// one-hot where they are text.
public struct Preprocessor: Sendable, Equatable {
  private let columns: [FittedColumn]
  private let target: FittedColumn?

  /// Above this number of different texts, one-hot must be asked for.
  private static let maximumDefaultCategories = 100

  /// Fits to the rows of a table.
  ///
  /// - Parameters:
  ///   - table: The rows for training, and no others.
  ///   - target: The column that is to be predicted; nil for none. It is no feature.
  ///   - rules: What is made of columns, by name.
  ///   - targetRule: What is made of the target: `.ordinal` for classes, `.unchanged()`, `.standardize()` or `.minMax()` for a
  ///     regression. By default text and whole numbers of at most 20 different values are classes, and other numbers are
  ///     unchanged.
  /// - Throws: ``TableError`` if a column is not there, has no value, or does not suit its rule.
  public init(
    fitting table: Table, target: String? = nil, rules: [String: ColumnRule] = [:], targetRule: ColumnRule? = nil
  ) throws(TableError) {
    if let name = ([target].compactMap(\.self) + rules.keys.sorted()).first(where: { table.column($0) == nil }) {
      throw .noColumn(name, among: table.columnNames)
    }
    var columns: [FittedColumn] = []
    for (name, column) in zip(table.columnNames, table.columns) where name != target {
      let rule: ColumnRule
      if let given = rules[name] { rule = given } else { rule = try Self.defaultRule(of: name, column) }
      if rule != .omit { columns.append(try FittedColumn(name, column, rule)) }
    }
    self.columns = columns
    guard let name = target, let column = table.column(name) else {
      self.target = nil
      return
    }
    let rule = targetRule ?? (column.looksLikeClasses ? .ordinal : .unchanged())
    require(
      rule != .omit && rule != .oneHot(indicator: rule.hasIndicator),
      "Preprocessor: a target is .ordinal, whose indices are its classes, .unchanged(), .standardize() or .minMax()")
    let fitted = try FittedColumn(name, column, rule)
    if rule.isCategorical, fitted.categories.count < 2 {
      throw TableError("column \(quoted(name)) has \(fitted.categories.count) classes instead of 2 or more")
    }
    self.target = fitted
  }

  private static func defaultRule(of name: String, _ column: Column) throws(TableError) -> ColumnRule {
    guard case .text(let texts) = column else { return .standardize() }
    let count = texts.distinctValues.count
    guard count <= maximumDefaultCategories else {
      throw TableError(
        "column \(quoted(name)) has \(count) different texts; give it a rule: .ordinal for an Embedding, .omit, or .oneHot()"
      )
    }
    return .oneHot()
  }
}

// MARK: - Features

extension Preprocessor {
  /// The names of the features, in their order: the column's, of one-hot "column=value".
  public var featureNames: [String] { columns.flatMap(\.featureNames) }

  /// The number K + 1 of indices that each ordinal column can have, the last for what was not seen in fitting.
  public var vocabularySizes: [Int] { ordinals.map { $0.categories.count + 1 } }

  private var ordinals: [FittedColumn] { columns.filter { $0.rule.encoding == .ordinal } }

  /// Returns the features of each row, `float32` [N, F].
  ///
  /// - Throws: ``TableError`` if a column is not there, is text instead of numbers, or has no value where its rule takes
  ///   none.
  public func features(of table: Table) throws(TableError) -> Tensor { try features(of: table, firstRow: 0) }

  /// The features, where messages count rows from a number.
  private func features(of table: Table, firstRow: Int) throws(TableError) -> Tensor {
    let widths = columns.map(\.featureNames.count)
    let width = widths.reduce(0, +)
    let features = Tensor(zeros: [table.rowCount, width])
    var place = features.mutablePointer(Float.self)
    for (column, count) in zip(columns, widths) where count > 0 {
      let values = try table.required(column.name)
      try withExtendedLifetime(features) { () throws(TableError) in
        try column.write(values, to: place, width: width, firstRow: firstRow)
      }
      place += count
    }
    return features
  }

  /// Returns the places of the values of ordinal columns among those seen in fitting, `int32` [N, C].
  ///
  /// - Throws: ``TableError`` if a column is not there.
  public func indices(of table: Table) throws(TableError) -> Tensor {
    var codes: [[Int]] = []
    for column in ordinals { codes.append(column.codes(of: try table.required(column.name))) }
    let rows = (0..<table.rowCount).flatMap { row in codes.map { Int32($0[row]) } }
    return Tensor(rows, shape: [table.rowCount, codes.count])
  }
}

// MARK: - Targets

extension Preprocessor {
  /// The name of the target; nil if there is none.
  public var targetName: String? { target?.name }

  /// The names of the classes, in the order of their indices; nil if the target is a number, or there is none.
  public var classNames: [String]? { target.flatMap { $0.rule.isCategorical ? $0.categories : nil } }

  /// Returns the targets of each row: class indices, `int32` [N], or the numbers of a regression, `float32` [N, 1].
  ///
  /// - Throws: ``TableError`` if the column is not there or has a missing value or a class that was not seen in fitting.
  public func targets(of table: Table) throws(TableError) -> Tensor { try targets(of: table, firstRow: 0) }

  private func targets(of table: Table, firstRow: Int) throws(TableError) -> Tensor {
    guard let target else { stop("Preprocessor: it was fitted without a target; give one to init(fitting:target:)") }
    let column = try table.required(target.name)
    if let row = (0..<column.count).first(where: column.isMissing) {
      throw .value("no value", in: target.name, row: firstRow + row, expected: "one; leave such rows out")
    }
    guard target.rule.isCategorical else {
      return Tensor(try target.numbers(of: column, firstRow: firstRow).map { Float($0) }, shape: [table.rowCount, 1])
    }
    let codes = target.codes(of: column)
    if let row = codes.firstIndex(of: target.categories.count) {
      throw .value(
        quoted(column.texts[row] ?? ""), in: target.name, row: firstRow + row,
        expected: "one of the \(codes.isEmpty ? 0 : target.categories.count) classes that it was fitted to")
    }
    return Tensor(labels: codes)
  }

  /// Returns features and targets.
  ///
  /// - Throws: ``TableError`` as ``features(of:)`` and ``targets(of:)`` do.
  public func dataset(of table: Table) throws(TableError) -> Dataset { try dataset(of: table, firstRow: 0) }

  func dataset(of table: Table, firstRow: Int) throws(TableError) -> Dataset {
    Dataset(
      inputs: try features(of: table, firstRow: firstRow), labels: try targets(of: table, firstRow: firstRow))
  }

  /// Returns what a model's outputs mean as a column: of logits [N, K] the names of the likeliest classes, of numbers
  /// [N, 1] those before they were scaled.
  public func predictions(_ outputs: Tensor) -> Column {
    guard let target else { stop("Preprocessor: it was fitted without a target; give one to init(fitting:target:)") }
    let width = classNames?.count ?? 1
    require(
      outputs.rank == 2 && outputs.shape[1] == width,
      "Preprocessor.predictions: outputs of shape \(outputs.shape) are not [N, \(width)]")
    guard let classNames else { return .decimals(target.restored(outputs.elements(as: Double.self))) }
    return .text(TextColumn(outputs.argmax().elements(as: Int.self).map { classNames[$0] }))
  }
}

// MARK: - Saving

extension Preprocessor: Codable {
  private enum CodingKeys: CodingKey { case version, columns, target }
  private static let version = 1

  public func encode(to encoder: any Encoder) throws {
    var values = encoder.container(keyedBy: CodingKeys.self)
    try values.encode(Self.version, forKey: .version)
    try values.encode(columns, forKey: .columns)
    try values.encodeIfPresent(target, forKey: .target)
  }

  /// The preprocessor that was saved.
  ///
  /// - Throws: `DecodingError` where it is damaged or of a later version.
  public init(from decoder: any Decoder) throws {
    let values = try decoder.container(keyedBy: CodingKeys.self)
    let version = try values.decode(Int.self, forKey: .version)
    guard version == Self.version else {
      throw DecodingError.dataCorruptedError(
        forKey: .version, in: values, debugDescription: "version \(version) instead of \(Self.version)")
    }
    columns = try values.decode([FittedColumn].self, forKey: .columns)
    target = try values.decodeIfPresent(FittedColumn.self, forKey: .target)
    for column in columns + [target].compactMap(\.self) where !column.isUsable {
      throw DecodingError.dataCorruptedError(
        forKey: .columns, in: values, debugDescription: "column \(quoted(column.name)) has numbers without a meaning")
    }
  }
}

extension Column {
  /// Text, or whole numbers of few different values.
  fileprivate var looksLikeClasses: Bool {
    switch self {
    case .integers(let numbers): Set(numbers).count <= 20
    case .decimals: false
    case .text: true
    }
  }
}

extension Table {
  /// The column of a name.
  fileprivate func required(_ name: String) throws(TableError) -> Column {
    guard let column = column(name) else { throw .noColumn(name, among: columnNames) }
    return column
  }
}
