/// A value of JSON to be written, with the members of objects in order.
enum JSONValue {
  case null
  case bool(Bool)
  case number(Int)
  case string(String)
  case array([JSONValue])
  case object([Member])

  struct Member {
    let key: String
    let value: JSONValue
  }

  /// Appends the text, a line for each element and member, indented by two spaces a level.
  func write(to text: inout String, indentation: String = "") {
    switch self {
    case .null: text += "null"
    case .bool(let value): text += "\(value)"
    case .number(let value): text += "\(value)"
    case .string(let value): text += quoted(value)
    case .array(let elements):
      Self.list(elements, in: "[", "]", to: &text, indentation) { $0.write(to: &$1, indentation: $2) }
    case .object(let members):
      Self.list(members, in: "{", "}", to: &text, indentation) {
        $1 += quoted($0.key) + ": "
        $0.value.write(to: &$1, indentation: $2)
      }
    }
  }

  private static func list<Part>(
    _ parts: [Part], in open: String, _ close: String, to text: inout String, _ indentation: String,
    _ write: (Part, inout String, _ indentation: String) -> Void
  ) {
    text += open
    for (index, part) in parts.enumerated() {
      text += (index > 0 ? ",\n" : "\n") + indentation + "  "
      write(part, &text, indentation + "  ")
    }
    text += (parts.isEmpty ? "" : "\n" + indentation) + close
  }
}

extension JSONValue: ExpressibleByNilLiteral, ExpressibleByBooleanLiteral, ExpressibleByStringLiteral,
  ExpressibleByDictionaryLiteral
{
  init(nilLiteral: ()) { self = .null }
  init(booleanLiteral value: Bool) { self = .bool(value) }
  init(stringLiteral value: String) { self = .string(value) }
  init(dictionaryLiteral members: (String, JSONValue)...) { self = .object(members.map(Member.init)) }
}
