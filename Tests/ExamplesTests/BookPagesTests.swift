import ExampleSupport
import Foundation
import Strata
import StrataTensor
import Testing

@testable import Book

/// The book as pages; `make book ARGS=--check` opens them in a browser.
@Suite(.seeded) struct BookPagesTests {
  @Test func `there are forty questions, and the code of each returns one of its four options`() throws {
    let questions = Quiz.levels.flatMap(\.questions)
    #expect(questions.count == 40 && Set(questions.map(\.text)).count == 40)
    for question in questions {
      #expect(Set(question.options).count == 4, "\(question.text)")
      #expect(throws: Never.self) { try question.right() }
      #expect(try !question.code().isEmpty, "\(question.text)")
    }
  }

  @Test func `the code of a question is what stands in its braces`() throws {
    #expect(
      try Question.easy[3].code() == """
        let inputs: [Tensor] = [[2], [3], [1], [8]]
        return gradient(of: { v in pow(v[0] * v[1] + v[2] - v[3], 2).sum() }, at: inputs)[2].item
        """)
    let wrong = Question("1 + 1?", ["1", "3"], "Graphs", why: "") { 2 }
    #expect(throws: InputError.self) { try wrong.right() }
  }

  @Test func `questions and pages belong to chapters`() throws {
    let chapters = Set(try Book().chapters.map(\.name))
    #expect(chapters.count == 12)
    let named = Quiz.levels.flatMap(\.questions).map(\.chapter) + Playground.all.flatMap(\.chapters)
    #expect(chapters.isSuperset(of: named))
  }

  @Test func `Markdown becomes HTML`() {
    let page = Markdown(
      """
      # A title

      The abstract.

      ## A part

      Text with `code`, ``Symbol``, **weight**, `graph.html`, <doc:Graphs> & a < b
      on two lines.

          y = x²

      - one
        goes on
      - two

      | a | b |
      |---|--:|
      | x | 1 |

      ```swift
      let a = [b < c]
      ```
      """, titles: ["Graphs": "Graphs"])
    #expect(page.title == "A title" && page.abstract.source == "<p>The abstract.</p>")
    for part in [
      "<h2>A part</h2>", "<code>code</code>, <code>Symbol</code>, <b>weight</b>",
      #"<a href="graph.html">graph.html</a>"#, #"<a href="Graphs.html">Graphs</a> &amp; a &lt; b on two lines.</p>"#,
      #"<pre class="maths" tabindex="0">y = x²</pre>"#, "<ul><li>one goes on</li>\n<li>two</li>\n</ul>",
      #"<td>x</td><td class="n">1</td>"#, #"<pre class="swift" tabindex="0">let a = [b &lt; c]</pre>"#,
    ] {
      #expect(page.body.source.contains(part), "\(part) in \(page.body.source)")
    }
  }

  @Test func `expressions are drawn alike, with what the tape makes of them`() throws {
    func drawn() throws -> Data {
      var generator = RandomGenerator(seed: 7)
      return try JSONEncoder().encode((0..<5).map { _ in try RandomExpression(&generator) })
    }
    #expect(try drawn().count > 200 && drawn().count == drawn().count)
  }

  @Test func `a block of a transformer keeps more than its products`() throws {
    let block = try BlockMemory()
    #expect(block.kinds == 16 && block.products == 10)
  }

  @Test func `a wrong command line is refused`() {
    let silent = ExampleIO(output: { _ in }, errors: { _ in })
    #expect(writeBook(["--help"], silent) == 0)
    #expect(writeBook(["--bogus"], silent) == 64)
    #expect(writeBook(["--output"], silent) == 64)
    #expect(writeBook(["--output", "/proc/none"], silent) == 1)
  }
}
