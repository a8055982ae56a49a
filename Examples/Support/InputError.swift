/// Data that an example cannot use, where the library's errors do not say why in the example's words.
public struct InputError: Error, Equatable, CustomStringConvertible {
  /// What is wrong, and what to do.
  public let description: String

  /// An error for this reason.
  public init(_ reason: String) { description = reason }
}
