/// A fault in an expression, with its place.
public struct ExpressionError: Error, Equatable, CustomStringConvertible {
  /// What is wrong.
  public let reason: String
  /// The expression, or the value.
  public let text: String
  /// The number of characters before the fault.
  public let offset: Int

  public var description: String { "\(reason)\n  \(text)\n  \(String(repeating: " ", count: offset))^" }
}
