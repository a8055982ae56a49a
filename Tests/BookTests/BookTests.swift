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
    // A reference has a year.
    let text = page.prose.filter { !$0.hasPrefix("Source") && !$0.hasPrefix("#") && !$0.contains("](") }
    let unproven = numbers(in: text).subtracting(numbers(in: page.code + page.output))
    #expect(unproven.isEmpty)
  }

  @Test func `a number that differs by a digit is found`() {
    #expect(numbers(in: ["dL/dw = −6, at 0.25, W1 and x2 (3)"]) == [-6, 0.25, 3])
    #expect(numbers(in: ["1,000,000 passes; 3 · 10", "-0.547"]) == [1_000_000, 3, 10, -0.547])
  }
}
