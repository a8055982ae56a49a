/// A fault in an expression, with its place.
struct ExpressionError: Error, Equatable, CustomStringConvertible {
  let reason: String
  let text: String
  /// The number of characters before the fault.
  let offset: Int

  var description: String { "\(reason)\n  \(text)\n  \(String(repeating: " ", count: offset))^" }
}
