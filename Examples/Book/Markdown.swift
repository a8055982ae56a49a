import StrataReport

/// A page of the documentation as HTML: headings, paragraphs, lists, tables, formulas and code, as the book has them.
struct Markdown {
  /// The text of the first heading.
  private(set) var title = ""
  /// The first paragraph.
  private(set) var abstract: Markup = ""
  /// What follows it.
  private(set) var body: Markup = ""

  private var lines: ArraySlice<String>
  private let titles: [String: String]

  /// Reads a page.
  ///
  /// - Parameters:
  ///   - text: The Markdown.
  ///   - titles: The titles of the pages to which a link leads, by their names.
  init(_ text: String, titles: [String: String] = [:]) {
    lines = text.split(separator: "\n", omittingEmptySubsequences: false).map(String.init)[...]
    self.titles = titles
    while let line = lines.first {
      if line.hasPrefix("# ") {
        title = String(lines.removeFirst().dropFirst(2))
      } else if line.trimming().isEmpty || line.hasPrefix("<!--") {
        lines.removeFirst()
      } else {
        let block = block(line)
        if abstract.source.isEmpty { abstract = block } else { body = body + block + "\n" }
      }
    }
  }

  private mutating func block(_ first: String) -> Markup {
    if first.hasPrefix("```") {
      lines.removeFirst()
      let code = take { !$0.hasPrefix("```") }
      lines = lines.dropFirst()
      return #"<pre class="\#(String(first.dropFirst(3)))" tabindex="0">\#(code.joined(separator: "\n"))</pre>"#
    }
    if first.hasPrefix("    ") {
      let formula = take { $0.hasPrefix("    ") }.map { String($0.dropFirst(4)) }
      return #"<pre class="maths" tabindex="0">\#(formula.joined(separator: "\n"))</pre>"#
    }
    if first.hasPrefix("#") {
      let level = lines.removeFirst().prefix { $0 == "#" }.count
      return "<h\(level)>\(inline(first.drop { $0 == "#" }.trimming()))</h\(level)>"
    }
    if first.hasPrefix("|") { return table() }
    if first.itemMark != nil { return list() }
    return "<p>\(inline(take { !$0.trimming().isEmpty && !$0.hasPrefix("```") }.joined(separator: " ")))</p>"
  }

  private mutating func list() -> Markup {
    let isOrdered = lines.first!.first!.isNumber
    var items: [Markup] = []
    while let mark = lines.first?.itemMark {
      let start = String(lines.removeFirst().dropFirst(mark.count))
      let rest = take { $0.hasPrefix("  ") }.map { $0.trimming() }
      items.append("<li>\(inline(([start] + rest).joined(separator: " ")))</li>\n")
    }
    return isOrdered ? "<ol>\(items)</ol>" : "<ul>\(items)</ul>"
  }

  private mutating func table() -> Markup {
    let rows = take { $0.hasPrefix("|") }.map { row in
      row.trimming().dropFirst().dropLast().split(separator: "|").map { $0.trimming() }
    }
    let numbers = rows[1].indices.filter { rows[1][$0].hasSuffix(":") }
    return .table(rows[0], rows.dropFirst(2).map { $0.map(inline) }, numbers: Set(numbers))
  }

  private mutating func take(while isWanted: (String) -> Bool) -> [String] {
    let taken = lines.prefix(while: isWanted)
    lines = lines.dropFirst(taken.count)
    return Array(taken)
  }

  private func inline(_ text: String) -> Markup {
    var (markup, rest): (Markup, Substring) = ("", text[...])
    let pattern = /``([^`]+)``|`([^`]+)`|\*\*([^*]+)\*\*|<doc:(\w+)>|\[([^\]]+)\]\(([^)]+)\)/
    while let match = rest.firstMatch(of: pattern) {
      markup = markup + Markup.text(String(rest[..<match.range.lowerBound]))
      switch match.output {
      case (_, _, let page?, _, _, _, _) where page.hasSuffix(".html"): markup = markup + anchor(page, to: page)
      case (_, let code?, _, _, _, _, _), (_, _, let code?, _, _, _, _):
        markup = markup + "<code>\(String(code))</code>"
      case (_, _, _, let strong?, _, _, _): markup = markup + "<b>\(inline(String(strong)))</b>"
      case (_, _, _, _, let page?, _, _): markup = markup + link(to: String(page))
      case (_, _, _, _, _, let name?, let address?): markup = markup + anchor(name, to: address)
      default: break
      }
      rest = rest[match.range.upperBound...]
    }
    return markup + Markup.text(String(rest))
  }

  private func link(to page: String) -> Markup {
    guard let title = titles[page] else { return "“\(page)”" }
    return anchor(title, to: page + ".html")
  }

  private func anchor(_ text: some StringProtocol, to address: some StringProtocol) -> Markup {
    #"<a href="\#(String(address))">\#(String(text))</a>"#
  }
}

extension StringProtocol {
  fileprivate func trimming() -> String { String(drop { $0 == " " }.reversed().drop { $0 == " " }.reversed()) }

  /// The mark with which it begins an item of a list: "- " or "1. ".
  fileprivate var itemMark: String? {
    String(self).prefixMatch(of: /(-|\d+\.) +/).map { String($0.output.0) }
  }
}
