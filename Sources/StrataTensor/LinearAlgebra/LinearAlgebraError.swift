/// Why a matrix cannot be factored or divided by.
public enum LinearAlgebraError: Error, Equatable, CustomStringConvertible {
  /// The matrix has no inverse: a pivot is exactly 0.
  case singular
  /// The matrix is not positive definite.
  case notPositiveDefinite

  public var description: String {
    switch self {
    case .singular: "the matrix is singular: it has no inverse"
    case .notPositiveDefinite: "the matrix is not positive definite"
    }
  }
}
