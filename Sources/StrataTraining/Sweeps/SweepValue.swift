/// A value of a hyperparameter: a number or a text.
public enum SweepValue: Hashable, Sendable {
  /// A number.
  case number(Double)
  /// A text, such as the name of a rule.
  case text(String)
}

extension SweepValue: ExpressibleByFloatLiteral, ExpressibleByIntegerLiteral, ExpressibleByStringLiteral {
  /// A number.
  public init(floatLiteral number: Double) { self = .number(number) }

  /// A whole number.
  public init(integerLiteral number: Int) { self = .number(Double(number)) }

  /// A text.
  public init(stringLiteral text: String) { self = .text(text) }
}

extension SweepValue: Codable {
  /// Decodes a JSON number or string.
  public init(from decoder: any Decoder) throws {
    let container = try decoder.singleValueContainer()
    if let number = try? container.decode(Double.self) {
      self = .number(number)
    } else {
      self = .text(try container.decode(String.self))
    }
  }

  /// Encodes it as a JSON number or string.
  public func encode(to encoder: any Encoder) throws {
    var container = encoder.singleValueContainer()
    switch self {
    case .number(let number): try container.encode(number)
    case .text(let text): try container.encode(text)
    }
  }
}

extension SweepValue: CustomStringConvertible {
  /// The number with as many digits as it needs, or the text.
  public var description: String {
    switch self {
    case .number(let number): Int(exactly: number).map { "\($0)" } ?? "\(number)"
    case .text(let text): text
    }
  }
}
