/// An error for data that an example cannot use, if the library's errors do not explain it in the example's terms.
public struct InputError: Error, Equatable, CustomStringConvertible {
  /// The fault and the remedy.
  public let description: String

  /// Creates an error with this description.
  public init(_ reason: String) { description = reason }
}
