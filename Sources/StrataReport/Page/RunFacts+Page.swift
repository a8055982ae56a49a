import Foundation
import StrataTensor

extension RunFacts {
  /// The page: HTML that is well-formed XML, with all that it needs in itself.
  var page: String {
    // Only the page's own scripts have the number of this writing.
    let nonce = String(UInt64.random(in: 0 ... .max), radix: 16)
    let refresh = Int(max(1, refreshInterval.rounded(.up)))
    let scriptless: Markup? =
      isUnfinished ? #"<noscript><meta http-equiv="refresh" content="\#(refresh)"/></noscript>"# : nil
    let policy =
      "default-src 'none'; img-src data:; style-src 'unsafe-inline'; script-src 'nonce-\(nonce)'; base-uri 'none'; "
      + "form-action 'none'"
    let page: Markup = """
      <!DOCTYPE html>
      <html lang="en">
      <head>
      <meta charset="utf-8"/>
      <meta http-equiv="Content-Security-Policy" content="\(policy)"/>
      <meta name="viewport" content="width=device-width, initial-scale=1"/>
      <meta name="color-scheme" content="light dark"/>
      <title>\(title)</title>
      <link rel="icon" href="data:,"/>
      \(scriptless)
      <style>\(Markup(Style.sheet))</style>
      </head>
      <body data-written="\(Int(written.timeIntervalSince1970))" data-refresh="\(isUnfinished ? refresh : 0)">
      <main>
      \(head)
      \(curveSection)
      \(classSection)
      \(flowSection)
      \(modelSection)
      \(memorySection)
      \(textSections)
      \(settingSection)
      </main>
      <footer><p>Written by Strata on \(ISO8601DateFormatter().string(from: written)).</p></footer>
      <script nonce="\(nonce)">
      //<![CDATA[
      \(Markup(Script.source))
      //]]>
      </script>
      </body>
      </html>

      """
    return page.source
  }

  private var textSections: [Markup] {
    texts.map { heading, text in
      section(heading, "<pre tabindex=\"0\">\(text)</pre>")
    }
  }

  private var settingSection: Markup {
    func list(_ pairs: [(name: String, value: String)]) -> Markup {
      "<dl>\(pairs.map { "<div><dt>\($0.name)</dt><dd>\(shortened($0.value))</dd></div>" as Markup })</dl>"
    }
    let optimization = [("model", modelName), ("loss", lossName), ("optimizer", optimizerName)].filter { !$0.1.isEmpty }
    let others = surroundings.filter { pair in !settings.contains { $0 == pair } }
    return section("Settings", list(settings + optimization) + "<h3>Surroundings</h3>" + list(others))
  }

  /// A part of the page.
  func section(_ heading: String, _ content: Markup) -> Markup {
    """
    <section><h2>\(heading)</h2>
    \(content)
    </section>

    """
  }

  /// A text of bounded length.
  func shortened(_ text: String) -> String { text.count > 400 ? text.prefix(399) + "…" : text }
}
