import Foundation
import StrataLayers
import StrataTensor

extension GradientFlow: CustomStringConvertible {
  /// A table with a row for each layer in the order of the forward pass and for each recurrence, and the flags.
  ///
  /// The bar shows the product of the gains from the output down to the layer, on a logarithmic scale: to the left of
  /// the line if the gradient has shrunk, to the right if it has grown.
  public var description: String {
    let decades = max(3, layers.map { abs(log10($0.product)) }.filter(\.isFinite).max() ?? 0)
    let scale = "÷1e\(Int(decades.rounded(.up)))"
    let header = [
      "", "layer", "rms y", "‖dL/dy‖", "product", scale + " … ×1 … " + scale.replacing("÷", with: "×"), "gain",
      "bound", "dead", "saturated", "Δw/w", "σ²/B", "",
    ]
    let rows = layers.map { row($0, decades.rounded(.up)) }
    let total = [
      "", "loss \(lossText(loss))", "", short(outputGradientNorm), "", "", "", "", "", "", "",
      noise.map { short($0.variance) } ?? "", "",
    ]
    let parts =
      [table([header] + rows + [total], rightAligned: [2, 3, 4, 6, 7, 8, 9, 10, 11])]
      + (recurrences.isEmpty ? [] : [timeTable]) + noiseLines + (flags.isEmpty ? [] : [flagLines])
    return parts.joined(separator: "\n\n")
  }

  private func row(_ flow: LayerFlow, _ decades: Double) -> [String] {
    [
      flow.path, flow.layer.count > 30 ? flow.layer.prefix(29) + "…" : flow.layer, short(flow.activationRMS),
      flow.isReached ? short(flow.gradientNorm) : "", flow.isReached ? short(flow.product) : "",
      Self.bar(flow.product, decades: decades),
      flow.gain.map(short) ?? "", flow.gainBound.map(short) ?? "", flow.deadShare.map(percent) ?? "",
      flow.saturatedShare.map(percent) ?? "", flow.updateRatio.map(short) ?? "", flow.noise.map(short) ?? "",
      mark(flow),
    ]
  }

  private func mark(_ flow: LayerFlow) -> String {
    let kinds = flags.filter { flag in flag.path == flow.path || flow.parameters.contains { $0.path == flag.path } }
    var marks = kinds.map(\.kind.rawValue)
    if !flow.parameters.isEmpty {
      if flow.product < Self.vanishingLimit { marks.append(FlowFlag.Kind.vanishing.rawValue) }
      if flow.product > Self.explodingLimit { marks.append(FlowFlag.Kind.exploding.rawValue) }
    }
    return marks.reduce(into: [String]()) { if !$0.contains($1) { $0.append($1) } }.joined(separator: ", ")
  }

  /// Returns a bar such as "    ████│          ", with ten cells on either side of ×1.
  static func bar(_ product: Double, decades: Double) -> String {
    let half = 10
    guard product > 0 else { return product == 0 ? String(repeating: "░", count: half) + "│" : "" }
    let share = product.isFinite ? min(1, abs(log10(product)) / decades) : 1
    let cells = Int((share * Double(half)).rounded())
    let (filled, rest) = (String(repeating: "█", count: cells), String(repeating: " ", count: half - cells))
    return product < 1 ? rest + filled + "│" : String(repeating: " ", count: half) + "│" + filled
  }

  /// A row for each recurrence, with its gradient at some time steps.
  private var timeTable: String {
    let header = ["", "recurrence", "steps", "‖dL/ds‖ first … last", "product", "gain a step", "predicted", "radius"]
    let rows = recurrences.map { flow in
      let norms = flow.gradientNorms
      let shown = stride(from: 0.0, through: 1, by: 0.25).map { Int((Double(norms.count - 1) * $0).rounded()) }
      return [
        flow.path, flow.layer, "\(norms.count)",
        norms.isEmpty ? "" : Set(shown).sorted().map { short(norms[$0]) }.joined(separator: " "), short(flow.product),
        short(flow.gain), flow.predictedGain.map(short) ?? "", flow.spectralRadius.map(short) ?? "",
      ]
    }
    let carried = ["", "of a gradient that enters at the last step alone", "", "", "", "", "", ""]
    return table([header] + rows + [carried], rightAligned: [2, 4, 5, 6, 7])
  }

  private var noiseLines: [String] {
    guard let noise else { return [] }
    let rows = noise.microBatches * noise.microBatchSize
    return [
      "gradient noise: σ²/B \(short(noise.variance)) beside ‖G‖² \(short(noise.signal)) at B = \(rows); "
        + "noise scale σ²/‖G‖² \(short(noise.scale)) rows"
    ]
  }

  private var flagLines: String { flags.map { "\($0)" }.joined(separator: "\n") }
}
