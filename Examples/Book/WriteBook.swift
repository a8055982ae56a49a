import ExampleSupport
import Foundation

private let help = """
  Writes the book as pages for a browser: its chapters, and pages to play with, none of which needs a network.

    swift run book [--output DIR] [--expected FILE]

    --output DIR     where the pages go (.build/book)
    --expected FILE  also write what Strata computes where pages compute by themselves, as JSON
    --help           show this help
  """

/// Runs the program with these arguments and returns the exit code: 0, 1 where a file cannot be written, 64 for a wrong
/// command line, 65 where the repository lacks a file of the book.
func writeBook(_ arguments: [String], _ io: ExampleIO) -> Int32 {
  do {
    var (output, expected): (String, String?) = (".build/book", nil)
    var rest = arguments[...]
    while let argument = rest.popFirst() {
      switch argument {
      case "--help", "-h":
        io.say(help)
        return 0
      case "--output", "--expected":
        guard let value = rest.popFirst() else { throw UsageError("\(argument) needs a value (see --help)") }
        if argument == "--output" { output = value } else { expected = value }
      default: throw UsageError("\(argument) is not an option: there are --output and --expected (see --help)")
      }
    }
    try FileManager.default.createDirectory(atPath: output, withIntermediateDirectories: true)
    let pages = try Book().pages()
    for page in pages {
      try page.html.write(toFile: "\(output)/\(page.file)", atomically: true, encoding: .utf8)
    }
    if let expected { try JSONEncoder().encode(Expected()).write(to: URL(filePath: expected)) }
    io.say("\(pages.count) pages are in \(output); open \(output)/index.html")
    return 0
  } catch {
    io.note("book: \(error)")
    return error is UsageError ? 64 : error is InputError ? 65 : 1
  }
}
