/// A command line that cannot be carried out: the reason, in one line.
public struct UsageError: Error, Equatable, CustomStringConvertible {
  /// What is wrong, and what would be right.
  public let description: String

  /// An error for this reason.
  public init(_ reason: String) { description = reason }
}
