import Foundation
import StrataTensor
import StrataTraining

extension RunFacts {
  /// The most charts of a page; further figures are named.
  private static let mostCharts = 24

  /// The curves of losses and metrics by epoch, and of what every step has.
  var curveSection: Markup? {
    let all = epochCharts + stepCharts
    guard !all.isEmpty else { return nil }
    let charts = all.prefix(Self.mostCharts).enumerated().map { $1.figure(id: $0) }
    let others = all.dropFirst(Self.mostCharts).map(\.title)
    let rest: Markup? = others.isEmpty ? nil : "<p>Not drawn: \(shortened(others.joined(separator: ", "))).</p>"
    return section("Curves", "<div class=\"charts\">\(charts)</div>\(rest)")
  }

  /// A chart for each figure of the history that is not of steps, with its training and validation values.
  var epochCharts: [Chart] {
    var names: [String] = []
    var values: [String: [String: [Double]]] = [:]
    for (place, record) in history.enumerated() {
      for figure in record.allFigures where figure.name != "seconds" {
        if values[figure.name] == nil { names.append(figure.name) }
        let part = figure.part ?? figure.name
        let blank = [Double](repeating: .nan, count: history.count)
        values[figure.name, default: [:]][part, default: blank][place] = figure.value
      }
    }
    // Steps have the rate in more detail.
    if curve.points.count > 1 { names.removeAll { $0 == "rate" } }
    return names.map { chart($0, values[$0]!) }
  }

  private func chart(_ name: String, _ parts: [String: [Double]]) -> Chart {
    let series = parts.sorted { $0.key < $1.key }.map { part, values in
      Chart.Series(name: part, values: values, colour: part == "training" ? 0 : part == "validation" ? 1 : 2)
    }
    let isAccuracy = name == "accuracy"
    var chart = Chart(
      title: name == "rate" ? "Learning rate" : name.prefix(1).uppercased() + name.dropFirst(), reading: "",
      xName: "epoch", xs: history.map(\.epoch), series: series, unit: isAccuracy ? .percent : .number)
    // The loss of every epoch is expected; other figures may be missing from some.
    chart.isSparse = name != "loss"
    chart.isLinear = name == "rate"
    let readings = series.map { some in
      let last = some.values.last(where: \.isFinite).map(chart.text) ?? "never finite"
      return series.count == 1 && some.name == name ? last : "\(some.name) \(last)"
    }
    var reading = "Last: " + readings.joined(separator: ", ") + "."
    if name == "loss", let best = bestPlace, history.count > 1 {
      let judge = series.lastIndex { $0.name == (history[best].validation == nil ? "training" : "validation") }!
      reading += " Lowest in epoch \(history[best].epoch)."
      chart.mark = (judge, best)
    }
    chart.reading = reading
    return chart
  }

  /// The loss, the gradient's norm and the learning rate over the steps.
  var stepCharts: [Chart] {
    let points = curve.points
    guard points.count > 1 else { return [] }
    let steps = points.map(\.lastStep)
    let width = points.map(\.count).max()!
    let losses = Chart.Series(
      name: "loss", values: points.map(\.loss), colour: 0,
      band: width > 1 ? points.map { ($0.leastLoss, $0.greatestLoss) } : nil)
    var charts = [
      Chart(
        title: "Loss of training batches",
        reading: width > 1
          ? "Means of \(grouped(width)) steps, with the least and the greatest as a band."
          : "One point a step.",
        xName: "step", xs: steps, series: [losses])
    ]
    let measured = points.filter { !$0.norm.isNaN }
    if measured.count > 1 {
      let norms = Chart.Series(name: "gradient norm", values: measured.map(\.norm), colour: 3)
      let finite = norms.values.filter(\.isFinite)
      let span =
        finite.isEmpty
        ? "It was never finite."
        : "From \(shortText(finite.min()!)) to \(shortText(finite.max()!)), before any clipping."
      charts.append(
        Chart(title: "Gradient norm", reading: span, xName: "step", xs: measured.map(\.lastStep), series: [norms]))
    }
    let rates = Chart.Series(name: "learning rate", values: points.map(\.rate), colour: 2)
    let isConstant = Set(rates.values).count == 1
    charts.append(
      Chart(
        title: "Learning rate",
        reading: isConstant ? "Constant at \(shortText(rates.values[0]))." : "Last: \(shortText(rates.values.last!)).",
        xName: "step", xs: steps, series: [rates], isLinear: true))
    return charts
  }
}
