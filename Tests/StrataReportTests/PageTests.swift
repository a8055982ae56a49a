import Foundation
import Strata
import StrataTensor
import Testing

@testable import StrataReport
@testable import StrataTraining

/// Pages of runs: what is on them, whatever the run was.
@Suite(.seeded) struct PageTests {
  /// A run with these losses.
  private func facts(_ losses: [Double], validation: [Double]? = nil) -> RunFacts {
    var facts = RunFacts(title: "A run")
    facts.status = .finished
    facts.history = losses.enumerated().map { place, loss in
      EpochRecord(
        epoch: place + 1, training: Evaluation(loss: loss, examples: 10, predictions: (place % 11, 10)),
        validation: validation.map { Evaluation(loss: $0[place], examples: 5) }, learningRate: 0.1 / Double(place + 1),
        seconds: 0.5)
    }
    return facts
  }

  /// The counts of predictions stay within what there is.
  private func losses(_ count: Int) -> [Double] {
    withSeed(7) { Tensor(uniform: [max(1, count)], in: 0.1..<2, dtype: .float64) }.elements(as: Double.self)
      .prefix(count).map { $0 }
  }

  @Test func `charts hold exactly the numbers of the history`() throws {
    let (losses, validation) = (losses(20), losses(40).suffix(20).map { $0 / 3 })
    let page = try ParsedPage(facts(losses.map { $0 }, validation: validation).page)
    let loss = try page.chart("Loss")
    #expect(loss.x == Array(1...20) && loss.xName == "epoch")
    #expect(loss.values("training") == facts(losses).history.map(\.training.loss))
    #expect(loss.values("validation") == validation.map { Evaluation(loss: $0, examples: 5).loss })
    #expect(try page.chart("Learning rate").series[0].y == (1...20).map { 0.1 / Double($0) })
    #expect(try page.chart("Accuracy").values("training") == (0..<20).map { Double($0 % 11) / 10 })
    // The table below a chart has a row an epoch, and the best one is named.
    #expect(try page.count("//figure[@id='chart0']//tbody/tr") == 20)
    let best = validation.indices.min { validation[$0] < validation[$1] }!
    #expect(try page.text("//p[@class='lead']").contains("to \(lossText(validation[best]))"))
    #expect(try page.texts("//dl[@class='figures']//dd").contains(lossText(losses[19])))
  }

  @Test func `a page is complete in itself, and only the page of a running program comes again`() throws {
    var facts = facts(losses(3))
    let finished = try ParsedPage(facts.page)
    #expect(try finished.text("/html/body/@data-refresh") == "0")
    #expect(try finished.count("//noscript") == 0)
    (facts.status, facts.refreshInterval) = (.running, 2.2)
    let running = try ParsedPage(facts.page)
    #expect(try running.text("/html/body/@data-refresh") == "3")
    #expect(try running.text("//noscript/meta/@content") == "3")
    for page in [finished, running] {
      #expect(try page.count("//link[not(starts-with(@href, 'data:'))]") == 0)
      #expect(try page.count("//*[@src and not(starts-with(@src, 'data:'))]") == 0)
      #expect(!page.source.contains("url(") && page.source.contains("default-src &#39;none&#39;"))
      // Every chart is named and described for those who do not see it.
      #expect(try page.count("//svg[@role='img'][title][desc]") == page.charts.count)
      let ids = try page.texts("//@id")
      #expect(Set(ids).count == ids.count)
    }
  }

  @Test func `a run of no step and a run of one epoch have pages`() throws {
    var empty = RunFacts(title: "Nothing")
    let page = try ParsedPage(empty.page)
    #expect(page.charts.isEmpty)
    #expect(try page.text("//p[@class='lead']") == "No step has been made yet.")
    empty.steps = 3
    empty.curve.add(step: 1, loss: 2, norm: 1, rate: 0.1)
    #expect(try ParsedPage(empty.page).text("//p[@class='lead']") == "No epoch is complete yet.")

    let one = try ParsedPage(facts([0.25]).page)
    #expect(try one.chart("Loss").series[0].y == [0.25])
    #expect(try one.count("//figure[@id='chart0']//circle") == 1)
    #expect(try one.text("//p[@class='lead']") == "The training loss is 0.2500 after one epoch.")
  }

  @Test func `losses that are not finite leave gaps, and the page says since when`() throws {
    let page = try ParsedPage(facts([2, 1, .nan, .infinity, 0.5, -.infinity]).page)
    #expect(try page.chart("Loss").values("training") == [2, 1, nil, nil, 0.5, nil])
    #expect(try page.texts("//text[@class='broken']") == ["not finite"])
    #expect(
      try page.text("//p[@class='lead']")
        == "The training loss fell from 2.0000 to 0.5000 in epoch 5. It is not finite now.")
    #expect(try page.texts("//figure[@id='chart0']//td").contains("−∞"))
    // One part is a line, the other a point.
    #expect(try page.count("//figure[@id='chart0']//path") == 1)

    let never = try ParsedPage(facts([.nan, .nan]).page)
    #expect(try never.texts("//dl[@class='figures']//dd").contains("NaN") && !never.source.contains(">nan"))
    #expect(try never.text("//p[@class='lead']") == "The training loss was finite in none of 2 epochs.")
    for odd in [[1e308, -1e308], [.greatestFiniteMagnitude, 1e-307], [0, 0], [-3, -3], [1e-307, 1e-307]] as [[Double]] {
      let page = try ParsedPage(facts(odd).page)
      let losses = facts(odd).history.map(\.training.loss)
      #expect(try page.chart("Loss").values("training") == losses.map { $0.isFinite ? $0 : nil })
      let numbers = try page.texts("//svg//@x1 | //svg//@y1 | //svg//@cx | //svg//@cy | //svg/text/@y")
      #expect(numbers.allSatisfy { Double($0).map { -300...1000 ~= $0 } ?? false }, "\(odd)")
    }
  }

  @Test func `a run that got worse says for how long`() throws {
    let facts = facts([1, 1, 1, 1], validation: [2, 0.5, 0.75, 0.625])
    #expect(
      facts.lead
        == "The validation loss fell from 2.0000 to 0.5000 in epoch 2. It is 0.6250 now: 2 epochs brought no gain.")
    #expect(
      self.facts([1, 2]).lead.hasPrefix("The training loss has not fallen below that of the first epoch, 1.0000."))
  }

  @Test func `ten thousand epochs are thinned to a bounded page that keeps what stands out`() throws {
    var losses = losses(10_000)
    (losses[4321], losses[8765]) = (0.001, 50)
    var facts = facts(losses, validation: losses.map { $0 + 1 })
    for step in 1...100_000 { facts.curve.add(step: step, loss: losses[step / 11], norm: 1, rate: 0.1) }
    let page = try ParsedPage(facts.page)
    #expect(page.source.utf8.count < 400_000)
    let loss = try page.chart("Loss")
    #expect(loss.x.count <= Chart.mostPoints && loss.x.first == 1 && loss.x.last == 10_000)
    #expect(loss.x == Array(Set(loss.x)).sorted() && loss.x.contains(4322) && loss.x.contains(8766))
    for (x, y) in zip(loss.x, try #require(loss.values("training"))) {
      #expect(y == facts.history[x - 1].training.loss)
    }
    #expect(try page.count("//figure[@id='chart0']//tbody/tr") <= 50)
    let steps = try page.chart("Loss of training batches")
    #expect(256...513 ~= steps.x.count && steps.x.last == 100_000)
  }

  @Test func `text from outside is text on the page`() throws {
    let evil = "</title><script>alert(\"x\")</script> & 'y' <b> ]]> \u{1}\u{FFFF} é 漢 🙂"
    let shown = evil.replacing("\u{1}\u{FFFF}", with: "\u{FFFD}\u{FFFD}")
    var facts = facts([1, 2])
    facts.title = evil
    facts.settings = [(evil, evil)]
    facts.surroundings = [("command", evil)]
    facts.status = .failed(evil)
    facts.texts = [(evil, evil)]
    facts.figures = [(evil, .nan)]
    (facts.modelName, facts.parameters) = (evil, [.init(path: evil, shape: [2, 3])])
    facts.history[1].metrics = [evil: 3]
    facts.classNames = [evil, "b"]
    var classes = try #require(
      ClassMeasures([[0, 1]], Tensor(labels: [0]), isOfLogits: true, ignoredIndex: nil, pictureShape: [1, 2]))
    classes.add([[0, 1]], [[0, 1]], Tensor(labels: [0]))
    facts.measures.classes = classes
    let page = try ParsedPage(facts.page)
    #expect(try page.count("//script") == page.charts.count + 1)
    #expect(try page.count("//title[not(ancestor::svg)]") == 1)
    for path in [
      "/html/head/title", "//h1", "//pre[@class='fault']", "//section/pre", "//dl/div/dd[. = //h1]",
      "//table[@class='confusion']//th[. = //h1]", "//td[. = //h1]", "//figcaption/b",
    ] {
      #expect(try page.text(path) == shown, "\(path)")
    }
    #expect(page.charts.contains { $0.series.contains { $0.name == evil } })
    #expect(!page.source.contains("<script>alert"))
    #expect(try page.count("//@*[starts-with(name(), 'on')]") == 0)
  }

  @Test func `what there is too much of is named in part`() throws {
    var facts = facts([1])
    facts.settings = [("long", String(repeating: "x", count: 100_000))]
    facts.parameters = (0..<5000).map { .init(path: "\($0).weight", shape: [1]) }
    facts.history[0].metrics = Dictionary(uniqueKeysWithValues: (0..<200).map { ("metric \($0)", 1) })
    let page = try ParsedPage(facts.page)
    #expect(page.source.utf8.count < 250_000 && page.charts.count == 24)
    #expect(page.source.contains("Not drawn:") && page.source.contains("4,800 more rows"))
  }
}
