import Testing

/// The pages of the book say what their code computes.
///
/// The code of a page is a function in `Chapters`, compiled with the tests; what the page shows of it, and every number in
/// its text, is compared with that function and with what it prints.
@Suite(.seeded) struct BookTests {
  struct Chapter: Sendable, CustomTestStringConvertible {
    let name: String
    let run: @Sendable (Printer) throws -> Void
    var testDescription: String { name }
  }

  static let chapters = [
    Chapter(name: "TheChainRule", run: theChainRule), Chapter(name: "Graphs", run: graphs),
    Chapter(name: "TwoLayers", run: twoLayers), Chapter(name: "VanishingAndExploding", run: vanishingAndExploding),
    Chapter(name: "Normalization", run: normalization), Chapter(name: "ForwardAndReverse", run: forwardAndReverse),
    Chapter(name: "Autograd", run: autograd), Chapter(name: "MemoryOfTraining", run: memoryOfTraining),
    Chapter(name: "BackpropagationThroughTime", run: backpropagationThroughTime),
    Chapter(name: "ProductsInARow", run: productsInARow), Chapter(name: "WhenItGoesWrong", run: whenItGoesWrong),
    Chapter(name: "WhenTheGradientLies", run: whenTheGradientLies),
  ]

  @Test(arguments: chapters)
  func `the code of a page is that of its program`(_ chapter: Chapter) throws {
    #expect(try trimmed(Page(chapter.name).code) == trimmed(Page.program(chapter.name)))
  }

  @Test(arguments: chapters)
  func `a page shows what its code prints`(_ chapter: Chapter) throws {
    let printer = Printer()
    try chapter.run(printer)
    let printed = printer.text.split(separator: "\n").map(String.init)
    #expect(try trimmed(Page(chapter.name).output) == trimmed(printed), "\(printer.text)")
  }

  @Test(arguments: chapters)
  func `a number in the text of a page is in its code or in what this prints`(_ chapter: Chapter) throws {
    let page = try Page(chapter.name)
    // A reference has a year, and rows are measured.
    let text = page.prose.filter { line in !["Source", "#", "|", "Measured"].contains { line.hasPrefix($0) } }
    let unproven = numbers(in: text + page.python).subtracting(numbers(in: page.code + page.output))
    #expect(unproven.isEmpty)
  }

  @Test(arguments: chapters)
  func `a page takes at most 15 minutes, at 200 words a minute`(_ chapter: Chapter) throws {
    let page = try Page(chapter.name)
    let words = (page.prose + page.code + page.output + page.python).flatMap { $0.split(separator: " ") }
    #expect(words.count <= 15 * 200)
  }

  @Test func `the measured chains have the multiplications that theirs take`() throws {
    let rows = try Page("TheChainRule").prose.filter { $0.hasPrefix("| ") }.dropFirst()
    let (sizes, factors) = ([64, 128, 256, 512], 32)
    #expect(rows.count == sizes.count)
    for (row, size) in zip(rows, sizes) {
      let cells = row.split(separator: "|").map { Int($0.filter(\.isNumber)) }
      // Forward ends with the product of the gradient and all columns.
      #expect(cells.prefix(3) == [size, factors * size * size * size + size * size, factors * size * size])
      #expect(cells.count == 6)
    }
  }

  @Test func `a number that differs by a digit is found`() {
    #expect(numbers(in: ["dL/dw = −6, at 0.25, W1 and x2 (3)"]) == [-6, 0.25, 3])
    #expect(numbers(in: ["1,000,000 passes; 3 · 10", "-0.547"]) == [1_000_000, 3, 10, -0.547])
  }
}
