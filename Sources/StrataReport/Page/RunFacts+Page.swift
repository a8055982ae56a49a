import Foundation
import StrataTensor

extension RunFacts {
  /// The page: HTML that is well-formed XML, with all that it needs in itself.
  var page: String {
    let refresh = Int(max(1, refreshInterval.rounded(.up)))
    let scriptless: Markup? =
      isUnfinished ? #"<noscript><meta http-equiv="refresh" content="\#(refresh)"/></noscript>"# : nil
    return Markup.document(
      title: title, head: scriptless,
      data: #"data-written="\#(Int(written.timeIntervalSince1970))" data-refresh="\#(isUnfinished ? refresh : 0)""#,
      main: """
        \(head)
        \(curveSection)
        \(classSection)
        \(flowSection)
        \(modelSection)
        \(memorySection)
        \(textSections)
        \(settingSection)
        """,
      footer: "Written by Strata on \(ISO8601DateFormatter().string(from: written)).", script: Script.source)
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
