import StrataTensor

/// What a ``Preprocessor`` makes of a column.
///
/// Statistics are those of the values that are there; a missing number is replaced first and scaled then. With an
/// indicator one more feature is 1 where the value was missing and 0 elsewhere.
public struct ColumnRule: Sendable, Equatable, Codable {
  enum Encoding: String, Codable { case standardized, minMax, unchanged, oneHot, ordinal, omitted }

  let encoding: Encoding
  var missing: Imputation?
  var hasIndicator = false

  /// (x − μ) / σ with mean μ and standard deviation σ, divided by n; a column of one value is divided by 1.
  ///
  /// Where `missing` is nil, a missing number is an error.
  public static func standardize(missing: Imputation? = .mean, indicator: Bool = false) -> ColumnRule {
    ColumnRule(numbers: .standardized, missing, indicator)
  }

  /// (x − min) / (max − min), which lies in 0...1 where x lies among the values fitted to; a column of one value is
  /// divided by 1.
  public static func minMax(missing: Imputation? = .mean, indicator: Bool = false) -> ColumnRule {
    ColumnRule(numbers: .minMax, missing, indicator)
  }

  /// x as it is.
  public static func unchanged(missing: Imputation? = .mean, indicator: Bool = false) -> ColumnRule {
    ColumnRule(numbers: .unchanged, missing, indicator)
  }

  /// A feature for each different value, sorted: 1 for that of the row and 0 for the others. All are 0 where the value is
  /// missing or was not seen in fitting.
  public static func oneHot(indicator: Bool = false) -> ColumnRule {
    ColumnRule(encoding: .oneHot, hasIndicator: indicator)
  }

  /// The place of the value among K different ones, sorted, from 0 to K − 1; K where it is missing or was not seen in
  /// fitting. These are ``Preprocessor/indices(of:)`` for an `Embedding` of K + 1 rows and no features.
  public static let ordinal = ColumnRule(encoding: .ordinal)

  /// Nothing.
  public static let omit = ColumnRule(encoding: .omitted)

  private init(encoding: Encoding, hasIndicator: Bool = false) {
    (self.encoding, self.hasIndicator) = (encoding, hasIndicator)
  }

  private init(numbers encoding: Encoding, _ missing: Imputation?, _ indicator: Bool) {
    self.init(encoding: encoding, hasIndicator: indicator)
    self.missing = missing
    if case .constant(let number) = missing { requireOption("ColumnRule: the constant", number, .finite) }
  }

  /// Whether the column has categories.
  var isCategorical: Bool { encoding == .oneHot || encoding == .ordinal }
}
