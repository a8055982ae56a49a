/// What stands in for a missing number.
public enum Imputation: Sendable, Equatable, Codable {
  /// The mean of the numbers that the preprocessor was fitted to.
  case mean
  /// The middle one of them, or the mean of the two middle ones.
  case median
  /// A number that is given.
  case constant(Double)
}
