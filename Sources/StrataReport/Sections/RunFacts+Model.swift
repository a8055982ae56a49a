import Foundation
import StrataDiagnosis
import StrataLayers
import StrataTensor
import StrataTraining

/// The most rows of a table of layers or parameters.
private let mostRows = 200

extension RunFacts {
  /// The layers of the model, or where no examples ran through it, its parameters.
  var modelSection: Markup? {
    if let summary = measures.summary {
      let rows = summary.rows.prefix(mostRows).map { row in
        [
          Markup.text(row.path), .text(shortened(row.layer)), .text(row.outputShapes.listed),
          .text(grouped(row.parameterCount)), .text(bytesText(row.cachedBytes)),
        ]
      }
      let total = [
        Markup.text(""), "total", "", .text(grouped(summary.parameterCount)), .text(bytesText(summary.cachedBytes)),
      ]
      let table = Markup.table(
        ["path", "layer", "output", "parameters", "kept for backward"], rows + [total], numbers: [3, 4],
        caption: "Layers in the order in which they run, for a batch of \(summary.input.listed)")
      return section("Model", table + rest(summary.rows.count))
    }
    guard !parameters.isEmpty else { return nil }
    let rows = parameters.prefix(mostRows).map { row in
      [Markup.text(row.path), .text("\(row.shape)"), .text(grouped(row.shape.count))]
    }
    let table = Markup.table(["parameter", "shape", "numbers"], rows, numbers: [2], caption: "Parameters")
    return section("Model", table + rest(parameters.count))
  }

  private func rest(_ count: Int) -> Markup {
    count > mostRows ? "<p>\(grouped(count - mostRows)) more rows are not shown.</p>" : ""
  }

  /// What training holds in memory, as a bar, and what strategies of checkpointing would make of it.
  var memorySection: Markup? {
    guard let plan = measures.plan, let asItIs = plan.strategies.first else { return nil }
    let parts = [
      ("parameters", plan.parameterBytes), ("gradients", plan.gradientBytes), ("optimizer", plan.optimizerBytes),
      ("statistics and constants", plan.statisticBytes), ("kept for backward", asItIs.cachedBytes),
    ].filter { $0.1 > 0 }
    let total = parts.reduce(0) { $0 + $1.1 }
    guard total > 0 else { return nil }
    let bars = parts.enumerated().map { index, part in
      #"<i class="m\#(index)" style="width:\#(100 * Double(part.1) / Double(total))%"></i>"# as Markup
    }
    let legend = parts.enumerated().map { index, part in
      #"<div><dt><i class="m\#(index)"></i>\#(part.0)</dt><dd>\#(bytesText(part.1))</dd></div>"# as Markup
    }
    let held = total - asItIs.cachedBytes
    let rows = plan.strategies.map { row in
      [
        Markup.text(row.strategy), .text(bytesText(row.cachedBytes)), .text(bytesText(held + row.cachedBytes)),
        .text(grouped(row.extraProducts)),
      ]
    }
    let table: Markup? =
      rows.count < 2
      ? nil
      : .table(
        ["what is kept for backward", "kept", "with all held", "matrix products again"], rows, numbers: [1, 2, 3],
        caption: "Strategies of checkpointing")
    return section(
      "Memory",
      """
      <p>A step on a batch of \(plan.input.listed) holds \(bytesText(total)), beside what is at work in one layer.</p>
      <div class="bar" role="img" aria-label="\(parts.map { "\($0.0) \(bytesText($0.1))" }.joined(separator: ", "))">\(bars)</div>
      <dl class="legend">\(legend)</dl>
      \(table)
      """)
  }

  /// Bytes in a unit in which they are easy to read.
  private func bytesText(_ bytes: Int) -> String {
    let units = ["B", "KiB", "MiB", "GiB", "TiB"]
    var (value, unit) = (Double(bytes), 0)
    while value >= 1024, unit < units.count - 1 { (value, unit) = (value / 1024, unit + 1) }
    return unit == 0 ? "\(bytes) B" : "\(String(format: value < 10 ? "%.1f" : "%.0f", value)) \(units[unit])"
  }

  /// The flow of the gradient through the layers, as bars by its size, with what is wrong.
  var flowSection: Markup? {
    guard let flow = measures.flow else { return nil }
    let decades = max(3, flow.layers.map { abs(log10($0.product)) }.filter(\.isFinite).max() ?? 0).rounded(.up)
    let rows = flow.layers.prefix(mostRows).map { layer -> [Markup] in
      let hasUpdate = layer.updateRatio != nil
      return [
        .text(layer.path), .text(shortened(layer.layer)), bar(layer.product, decades),
        .text(numberText(layer.gradientNorm)),
        .text(layer.gain.map(numberText) ?? ""), .text(numberText(layer.activationRMS)),
        .text((layer.deadShare ?? layer.saturatedShare).map(shareText) ?? ""),
        .text(hasUpdate ? numberText(layer.updateRatio!) : ""),
      ]
    }
    // The last steps of a schedule that ends near 0 are small on purpose.
    let rates = curve.points.map(\.rate)
    let isDecayed = rates.last ?? 0 < 0.01 * (rates.max() ?? 0)
    let faults = flow.flags.filter { $0.kind != .stepTooSmall || !isDecayed }
    let flags = faults.map { flag -> Markup in
      let lines = "\(flag)".split(separator: "\n").map(String.init)
      let remedies = lines.dropFirst().map { "<li>\($0.trimmingCharacters(in: .whitespaces))</li>" as Markup }
      return #"<div class="flag"><p>\#(lines[0])</p><ul>\#(remedies)</ul></div>"#
    }
    let verdict: Markup =
      faults.isEmpty
      ? "<p>Nothing is flagged, \(measuredWhen).</p>"
      : "<p>\(counted(faults.count, "fault")) found, \(measuredWhen).</p>\(flags)"
    let table = Markup.table(
      [
        "path", "layer", "÷1e\(Int(decades)) … ×1 … ×1e\(Int(decades))", "‖dL/dy‖", "gain", "rms y",
        "dead or saturated", "‖Δw‖/‖w‖",
      ], rows, numbers: [3, 4, 5, 6, 7],
      caption: "The gradient's norm at each layer against that at the output, by powers of ten")
    return section("Gradient flow", verdict + table + rest(flow.layers.count) + timeTable(flow.recurrences))
  }

  /// What of a gradient at the last step of a recurrence reaches the first.
  private func timeTable(_ recurrences: [RecurrenceFlow]) -> Markup {
    if recurrences.isEmpty { return "" }
    let rows = recurrences.prefix(mostRows).map { flow in
      [
        Markup.text(flow.path), .text(shortened(flow.layer)), .text(grouped(flow.carriedNorms.count)),
        .text(numberText(flow.product)), .text(numberText(flow.gain)), .text(flow.spectralRadius.map(numberText) ?? ""),
      ]
    }
    return .table(
      ["path", "recurrence", "steps", "reaches the first", "gain a step", "spectral radius"], rows,
      numbers: [2, 3, 4, 5], caption: "Of a gradient that enters at the last step alone")
  }

  /// A bar from the middle, to the left where the gradient has shrunk and to the right where it has grown.
  private func bar(_ product: Double, _ decades: Double) -> Markup {
    guard product.isFinite, product > 0 else { return .text(product == 0 ? "0" : "–") }
    let share = max(-1, min(1, log10(product) / decades)) * 50
    let isFlagged = product < GradientFlow.vanishingLimit || product > GradientFlow.explodingLimit
    let kind: Markup = isFlagged ? "flow bad" : "flow"
    return """
      <span class="\(kind)" role="img" aria-label="\(numberText(product))"><i style="left:\(share < 0 ? 50 + share : 50)%;\
      width:\(abs(share))%"></i></span>
      """
  }
}
