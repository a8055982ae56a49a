import ExampleSupport
import StrataReport

/// The book's pages: an index, the chapters, and those to play with.
struct Book {
  /// A chapter of the documentation.
  struct Chapter {
    let name: String
    let title: String
    let text: String
  }

  let chapters: [Chapter]
  private let introduction: String

  /// Reads the chapters in the order in which the documentation lists them.
  ///
  /// - Throws: `InputError` where one cannot be read.
  init() throws {
    func text(_ name: String) throws -> String {
      try Repository.text(at: "Sources/Strata/Strata.docc/Book/\(name).md")
    }
    let parts = try text("TheBook").split(separator: "\n## Topics\n")
    introduction = String(parts[0])
    chapters = try parts[1].matches(of: /<doc:(\w+)>/).map { match in
      let name = String(match.output.1)
      return Chapter(name: name, title: Markdown(try text(name)).title, text: try text(name))
    }
  }

  /// The titles of the chapters by their names.
  var titles: [String: String] { Dictionary(uniqueKeysWithValues: chapters.map { ($0.name, $0.title) }) }

  /// Returns every page: its file's name and its HTML.
  ///
  /// - Throws: `InputError` where a file of the repository cannot be read, or an answer of the quiz is none of its options.
  func pages() throws -> [(file: String, html: String)] {
    let playgrounds = Playground.all
    let style = try Repository.text(at: "Examples/Book/Scripts/book.css")
    func page(_ name: String, _ title: String, _ main: Markup, script: String = "") -> (String, String) {
      let way: Markup? = name == "index" ? nil : #"<nav><a href="index.html">The book</a></nav>"#
      let html = Markup.document(
        title: title, style: style, main: "\(way)\n\(main)", footer: "A page of Strata’s book.",
        script: script)
      return (name + ".html", html)
    }
    let common = try Repository.text(at: "Examples/Book/Scripts/common.js")
    return [page("index", "The book", index(playgrounds))]
      + chapters.map { page($0.name, $0.title, article($0, playgrounds)) }
      + (try playgrounds.map { playground in
        let script = try Repository.text(at: "Examples/Book/Scripts/\(playground.name).js")
        return page(playground.name, playground.title, try main(playground), script: common + script)
      })
  }

  private func index(_ playgrounds: [Playground]) -> Markup {
    let text = Markdown(introduction, titles: titles)
    let play = playgrounds.map { card($0.name, $0.title, "\($0.lead)") }
    let read = chapters.map { card($0.name, $0.title, Markdown($0.text).abstract) }
    return """
      <h1>The book</h1>
      <div class="lead">\(text.abstract)</div>
      <h2>Play</h2><ul class="cards">\(play)</ul>
      <h2>Chapters</h2><ul class="cards">\(read)</ul>
      <article>\(text.body)</article>
      """
  }

  private func card(_ name: String, _ title: String, _ text: Markup) -> Markup {
    let paragraph: Markup = text.source.hasPrefix("<p>") ? text : "<p>\(text)</p>"
    return #"<li><a href="\#(name).html">\#(title)</a>\#(paragraph)</li>\#n"#
  }

  private func article(_ chapter: Chapter, _ playgrounds: [Playground]) -> Markup {
    let text = Markdown(chapter.text, titles: titles)
    let play = playgrounds.filter { $0.chapters.contains(chapter.name) }.map {
      #"<p class="play">Play with it: <a href="\#($0.name).html">\#($0.title)</a>. \#($0.lead)</p>"# as Markup
    }
    let place = chapters.firstIndex { $0.name == chapter.name }!
    let next: Markup? = place + 1 < chapters.count ? link("Next: ", chapters[place + 1]) : nil
    return """
      <article><h1>\(chapter.title)</h1>
      <div class="lead">\(text.abstract)</div>
      \(play)
      \(text.body)
      \(next)</article>
      """
  }

  private func link(_ text: String, _ chapter: Chapter) -> Markup {
    #"<p>\#(text)<a href="\#(chapter.name).html">\#(chapter.title)</a></p>"#
  }

  private func main(_ playground: Playground) throws -> Markup {
    let chapters = self.chapters.filter { playground.chapters.contains($0.name) }.map { link("Chapter: ", $0) }
    // Characters that would end the element, or mean something in XML, stand only in texts.
    let given = "\(try playground.given(self))".replacing("<", with: "\\u003c").replacing("&", with: "\\u0026")
    return """
      <h1>\(playground.title)</h1>
      <p class="lead">\(playground.lead)</p>
      <noscript><p>This page needs JavaScript.</p></noscript>
      <script type="application/json" id="given">\(Markup(given))</script>
      <div id="app"></div>
      <section><h2>Where it comes from</h2><p>\(playground.source)</p>\(chapters)</section>
      """
  }
}
