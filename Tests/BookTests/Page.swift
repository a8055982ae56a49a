import Foundation

/// A page of the book in its parts: prose, Swift code, what this prints, and Python.
struct Page {
  private(set) var prose: [String] = []
  private(set) var code: [String] = []
  private(set) var output: [String] = []
  /// The same in Python.
  private(set) var python: [String] = []

  init(_ name: String) throws {
    let file = "Sources/Strata/Strata.docc/Book/\(name).md"
    var fence: String?
    for line in try Self.text(ofFile: file).split(separator: "\n", omittingEmptySubsequences: false).map(String.init) {
      switch (fence, line.hasPrefix("```")) {
      case (nil, true): fence = line
      case (_, true): fence = nil
      case (nil, false): prose.append(line)
      case ("```swift", false): code.append(line)
      case ("```text", false): output.append(line)
      case ("```python", false): python.append(line)
      default: break
      }
    }
  }

  /// The lines of a chapter's function in the file of its code.
  static func program(_ name: String) throws -> [String] {
    let lines = try Self.text(ofFile: "Tests/BookTests/Chapters/\(name).swift").split(separator: "\n").map(
      String.init)
    guard let first = lines.firstIndex(where: { $0.hasPrefix("func ") }) else { return [] }
    return Array(lines[(first + 1)...].prefix { $0 != "}" })
  }

  /// The text of a file of the repository.
  private static func text(ofFile path: String) throws -> String {
    let root = URL(filePath: #filePath).appending(path: "../../..").standardized
    return try String(contentsOf: root.appending(path: path), encoding: .utf8)
  }
}

/// Lines without indentation, and without those that are empty.
func trimmed(_ lines: [String]) -> [String] {
  lines.map { $0.trimmingCharacters(in: .whitespaces) }.filter { !$0.isEmpty }
}

/// The numbers that stand in some lines, with "−" for "-" and without those in names such as W1.
func numbers(in lines: [String]) -> Set<Double> {
  var found: Set<Double> = []
  for line in lines {
    let text = line.replacing("−", with: "-").replacing(",000", with: "000").replacing("_000", with: "000")
      .replacing(/^ *[0-9]\.\s/, with: "")
    for match in text.matches(of: /(?:^|[^\w.\-])(-?[0-9]+(?:\.[0-9]+)?(?:e[+\-]?[0-9]+)?)/) {
      found.insert(Double(match.output.1)!)
    }
  }
  return found
}
