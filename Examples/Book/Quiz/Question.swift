import ExampleSupport
import Strata
import StrataTensor

/// A question of the quiz, whose answer Strata computes.
///
/// The code that is shown is the closure's, read from the file in which it stands.
struct Question: Sendable {
  let text: String
  let options: [String]
  /// The chapter that explains it.
  let chapter: String
  let why: String

  private let answer: @Sendable () throws -> Any
  private let line: Int
  private let file: String

  init(
    _ text: String, _ options: [String], _ chapter: String, why: String, line: Int = #line, file: String = #filePath,
    answer: @escaping @Sendable () throws -> Any
  ) {
    (self.text, self.options, self.chapter, self.why) = (text, options, chapter, why)
    (self.answer, self.line, self.file) = (answer, line, file)
  }

  /// What the code returns, as text.
  func computed() throws -> String {
    switch try answer() {
    case let number as Double: shortText(number)
    case let result: "\(result)"
    }
  }

  /// The place of the option that the code returns.
  ///
  /// - Throws: `InputError` where it returns none of them.
  func right() throws -> Int {
    let answer = try computed()
    guard let place = options.firstIndex(of: answer) else {
      throw InputError("the code of \"\(text)\" returns \(answer), which is none of \(options)")
    }
    return place
  }

  /// The code that computes the answer.
  func code() throws -> String {
    let lines = try Repository.text(at: file).split(separator: "\n", omittingEmptySubsequences: false)
    let indent = lines[line - 1].prefix { $0 == " " }
    let rest = lines[line...]
    guard let start = rest.firstIndex(of: indent + ") {"),
      let end = lines[start...].firstIndex(where: { $0 == indent + "}" || $0 == indent + "}," })
    else { throw InputError("the code of \"\(text)\" is not found at line \(line) of \(file)") }
    return lines[(start + 1)..<end].map { String($0.dropFirst(indent.count + 2)) }.joined(separator: "\n")
  }
}
