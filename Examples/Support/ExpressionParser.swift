/// Reads an ``Expression`` by recursive descent:
///
///     sum     = product { ("+" | "-") product }
///     product = factor { ("*" | "/") factor }
///     factor  = "-" factor | "+" factor | power
///     power   = atom [ "^" factor ]
///     atom    = number | name | function "(" sum ")" | "(" sum ")"
public struct ExpressionParser {
  private let text: String
  private let characters: [Character]
  private var offset = 0
  private var names: [String] = []
  private var depth = 0

  /// More parentheses, signs and powers than this in each other are refused, before they fill the stack.
  private static let deepest = 100

  /// So is a longer text: each operation of a sum lies in the next.
  private static let longest = 2000

  /// Returns the expression that a text writes.
  ///
  /// - Throws: ``ExpressionError`` where it writes none.
  public static func parse(_ text: String) throws -> Expression {
    guard text.count <= longest else {
      throw UsageError("the expression has \(text.count) characters; at most \(longest) are read")
    }
    var parser = ExpressionParser(text)
    let root = try parser.sum()
    if let next = parser.next {
      throw parser.error(next == ")" ? "nothing opens this \")\"" : "an operation is missing before \"\(next)\"")
    }
    return Expression(root: root, names: parser.names)
  }

  private init(_ text: String) {
    self.text = text
    characters = text.map { ["·": "*", "×": "*", "−": "-", "÷": "/"][$0] ?? $0 }
  }

  /// The next character that is not a space.
  private var next: Character? {
    mutating get {
      while offset < characters.count, characters[offset].isWhitespace { offset += 1 }
      return offset < characters.count ? characters[offset] : nil
    }
  }

  private mutating func sum() throws -> Expression.Node {
    var left = try product()
    while let sign = next, "+-".contains(sign) {
      offset += 1
      left = .operation(sign, left, try product())
    }
    return left
  }

  private mutating func product() throws -> Expression.Node {
    var left = try factor()
    while let sign = next, "*/".contains(sign) {
      offset += 1
      left = .operation(sign, left, try factor())
    }
    return left
  }

  private mutating func factor() throws -> Expression.Node {
    depth += 1
    defer { depth -= 1 }
    guard depth <= Self.deepest else { throw error("more than \(Self.deepest) parts are in each other here") }
    guard let sign = next, "+-".contains(sign) else { return try power() }
    offset += 1
    return sign == "-" ? .negative(try factor()) : try factor()
  }

  private mutating func power() throws -> Expression.Node {
    let base = try atom()
    guard next == "^" else { return base }
    offset += 1
    return .operation("^", base, try factor())
  }

  private mutating func atom() throws -> Expression.Node {
    guard let first = next else { throw error("a value is missing at the end") }
    if first == "(" { return try parenthesized() }
    if first.isNumber || first == "." { return try number() }
    guard first.isLetter || first == "_" else { throw error("a value is missing before \"\(first)\"") }
    let start = offset
    let name = take { $0.isLetter || $0.isNumber || $0 == "_" }
    if next == "(" {
      guard Expression.functions[name] != nil else {
        let known = Expression.functions.keys.sorted().joined(separator: ", ")
        throw error("no function is called \(name); there are \(known)", at: start)
      }
      return .function(name, try parenthesized())
    }
    if Expression.functions[name] != nil { throw error("\(name) needs its argument in parentheses") }
    if !names.contains(name) { names.append(name) }
    return .name(name)
  }

  private mutating func parenthesized() throws -> Expression.Node {
    let start = offset
    offset += 1
    let inside = try sum()
    guard next == ")" else { throw error("nothing closes this \"(\"", at: start) }
    offset += 1
    return inside
  }

  private mutating func number() throws -> Expression.Node {
    let start = offset
    var digits = take { $0.isNumber || $0 == "." }
    if offset < characters.count, "eE".contains(characters[offset]) {
      // "2e" may be the start of 2e-3; a sign belongs to it only here.
      digits.append(characters[offset])
      offset += 1
      if offset < characters.count, "+-".contains(characters[offset]) {
        digits.append(characters[offset])
        offset += 1
      }
      digits += take { $0.isNumber }
    }
    guard let value = Double(digits), value.isFinite else { throw error("\(digits) is not a number", at: start) }
    return .number(value)
  }

  private mutating func take(while isWanted: (Character) -> Bool) -> String {
    let start = offset
    while offset < characters.count, isWanted(characters[offset]) { offset += 1 }
    return String(characters[start..<offset])
  }

  private func error(_ reason: String, at place: Int? = nil) -> ExpressionError {
    ExpressionError(reason: reason, text: text, offset: place ?? offset)
  }
}
