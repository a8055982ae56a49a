/// An error in a command line, described in one line.
public struct UsageError: Error, Equatable, CustomStringConvertible {
  /// The fault and the expected form.
  public let description: String

  /// Creates an error with this description.
  public init(_ reason: String) { description = reason }
}
