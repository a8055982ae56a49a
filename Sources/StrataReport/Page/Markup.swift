/// HTML that is also well-formed XML. What is interpolated as text is escaped; only other markup enters as it is.
package struct Markup: Sendable {
  package private(set) var source: String

  package init(_ source: String) { self.source = source }

  package static func + (a: Markup, b: Markup) -> Markup { Markup(a.source + b.source) }

  /// Returns a text with every character that means something in HTML, or nothing in XML, replaced.
  static func escaped(_ text: String) -> String {
    var escaped = ""
    for scalar in text.unicodeScalars {
      switch scalar {
      case "&": escaped += "&amp;"
      case "<": escaped += "&lt;"
      case ">": escaped += "&gt;"
      case "\"": escaped += "&quot;"
      case "'": escaped += "&#39;"
      case "\t", "\n": escaped.unicodeScalars.append(scalar)
      case "\u{0}"..<" ", "\u{7F}"..."\u{9F}", "\u{FFFE}", "\u{FFFF}": escaped += "\u{FFFD}"
      default: escaped.unicodeScalars.append(scalar)
      }
    }
    return escaped
  }

  /// Returns a text as a literal of JSON that is safe in a script element of HTML and of XML.
  static func json(_ text: String) -> String {
    var literal = "\""
    for scalar in text.unicodeScalars {
      switch scalar {
      case "a"..."z", "A"..."Z", "0"..."9", " ", "_", "-", ".", "/", ":": literal.unicodeScalars.append(scalar)
      default:
        for unit in String(scalar).utf16 {
          let digits = String(unit, radix: 16)
          literal += "\\u" + String(repeating: "0", count: 4 - digits.count) + digits
        }
      }
    }
    return literal + "\""
  }

  /// Returns numbers as a list of JSON, each exactly; null where one is not finite.
  static func json(_ numbers: [Double]) -> String {
    "[" + numbers.map { $0.isFinite ? "\($0)" : "null" }.joined(separator: ",") + "]"
  }
}

extension Markup: ExpressibleByStringInterpolation {
  package struct StringInterpolation: StringInterpolationProtocol {
    var source = ""

    package init(literalCapacity: Int, interpolationCount: Int) { source.reserveCapacity(2 * literalCapacity) }

    package mutating func appendLiteral(_ literal: String) { source += literal }
    package mutating func appendInterpolation(_ text: String) { source += Markup.escaped(text) }
    package mutating func appendInterpolation(_ number: Int) { source += "\(number)" }
    package mutating func appendInterpolation(_ markup: Markup) { source += markup.source }
    package mutating func appendInterpolation(_ markup: Markup?) { source += markup?.source ?? "" }
    package mutating func appendInterpolation(_ parts: [Markup]) { for part in parts { source += part.source } }
    /// A coordinate, or a share in percent.
    package mutating func appendInterpolation(_ number: Double) {
      let tenths = (number * 10).rounded() / 10
      source += tenths == tenths.rounded() ? "\(Int(tenths))" : "\(tenths)"
    }
  }

  package init(stringLiteral source: String) { self.source = source }

  package init(stringInterpolation: StringInterpolation) { source = stringInterpolation.source }
}

extension Markup {
  /// A table whose header names its columns; those at the places in `numbers` are aligned to the right.
  package static func table(
    _ header: [String], _ rows: [[Markup]], numbers: Set<Int>, caption: String? = nil
  ) -> Markup {
    func kind(_ column: Int) -> Markup { numbers.contains(column) ? #" class="n""# : "" }
    let head = header.enumerated().map { "<th scope=\"col\"\(kind($0))>\($1)</th>" as Markup }
    let body = rows.map { row in
      "<tr>\(row.enumerated().map { "<td\(kind($0))>\($1)</td>" as Markup })</tr>\n" as Markup
    }
    let title = caption.map { "<caption><span>\($0)</span></caption>" as Markup }
    let name = caption ?? header.joined(separator: ", ")
    return """
      <div class="scroll" role="region" tabindex="0" aria-label="\(name)"><table>\(title)<thead><tr>\(head)</tr></thead>
      <tbody>\(body)</tbody></table></div>
      """
  }

  /// Text as an element of a table or a line.
  package static func text(_ text: String) -> Markup { "\(text)" }
}
