import Foundation

/// Returns the curves as an SVG, with layers along x and the gradient on a logarithmic y axis.
func drawn(_ curves: [Curve], title: String) -> String {
  let plot = Plot(curves)
  let lines = curves.enumerated().map { index, curve in plot.line(curve, index) }
  return """
    <svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 \(Int(Plot.width)) \(Int(Plot.height))" \
    font-family="system-ui, sans-serif" font-size="13" role="img" aria-label="\(title)">
    <rect width="100%" height="100%" fill="#ffffff"/>
    <text x="\(Plot.left)" y="28" font-size="17" font-weight="600" fill="#1a1a1a">\(title)</text>
    <text x="\(Plot.left)" y="48" fill="#595959">‖dL/dy‖ of each layer relative to the output, before training</text>
    \((plot.verticalAxis + plot.horizontalAxis + lines).joined(separator: "\n"))
    </svg>

    """
}

/// The geometry of the plot.
private struct Plot {
  static let (width, height) = (900.0, 520.0)
  static let (left, right, top, bottom) = (76.0, 200.0, 70.0, 56.0)

  /// Colours that can be distinguished with colour vision deficiencies (Okabe and Ito, 2008).
  static let colors = ["#d55e00", "#e69f00", "#0072b2", "#009e73", "#cc79a7"]

  let depth: Int
  let low: Int
  let high: Int
  private let labels: [Double]

  init(_ curves: [Curve]) {
    depth = curves[0].products.count
    let decades = curves.flatMap(\.products).filter { $0 > 0 && $0.isFinite }.map { log10($0) }
    low = Int((decades.min() ?? -1).rounded(.down))
    high = max(low + 1, Int((decades.max() ?? 0).rounded(.up)))
    let (low, high) = (low, high)
    // Labels are at the curve's first layer, moved apart if they would overlap.
    var places = curves.map { Self.y($0.products[0], low, high) }
    let order = places.indices.sorted { places[$0] < places[$1] }
    for (one, next) in zip(order, order.dropFirst()) { places[next] = max(places[next], places[one] + 18) }
    labels = places
  }

  private static func y(_ product: Double, _ low: Int, _ high: Int) -> Double {
    let decade = product > 0 ? log10(product) : Double(low)
    return top + (Double(high) - decade) / Double(high - low) * (height - top - bottom)
  }

  private func y(_ product: Double) -> Double { Self.y(product, low, high) }

  /// The output is on the left, in the direction of the gradient; the first layer is on the right, with the labels.
  private func x(_ layer: Int) -> Double {
    let share = Double(depth - 1 - layer) / Double(max(1, depth - 1))
    return Self.left + share * (Self.width - Self.left - Self.right)
  }

  /// A line and a label for every power of ten that fits.
  var verticalAxis: [String] {
    let step = max(1, Int((Double(high - low) / 10).rounded(.up)))
    let (from, to) = (Self.left, Self.width - Self.right)
    return stride(from: high, through: low, by: -1).filter { $0 % step == 0 }.map { decade in
      let y = text(y(pow(10, Double(decade))))
      let stroke = decade == 0 ? "#8c8c8c" : "#e5e5e5"
      return """
        <line x1="\(from)" x2="\(to)" y1="\(y)" y2="\(y)" stroke="\(stroke)"/>
        <text x="\(from - 10)" y="\(y)" dy="0.35em" text-anchor="end" fill="#404040">10<tspan dy="-0.5em" \
        font-size="10">\(decade < 0 ? "−\(-decade)" : "\(decade)")</tspan></text>
        """
    }
  }

  var horizontalAxis: [String] {
    let base = Self.height - Self.bottom
    let layers = Set([1] + (1...5).map { depth * $0 / 5 }).filter { $0 >= 1 }.sorted()
    let ticks = layers.map { layer in
      let x = text(x(layer - 1))
      return """
        <line x1="\(x)" x2="\(x)" y1="\(base)" y2="\(base + 5)" stroke="#8c8c8c"/>
        <text x="\(x)" y="\(base + 20)" text-anchor="middle" fill="#404040">\(layer)</text>
        """
    }
    let middle = text((x(0) + x(depth - 1)) / 2)
    return ticks + [
      "<text x=\"\(middle)\" y=\"\(base + 42)\" text-anchor=\"middle\" fill=\"#404040\">"
        + "layer, from the output back to the input</text>"
    ]
  }

  func line(_ curve: Curve, _ index: Int) -> String {
    let points = curve.products.indices.reversed().map { "\(text(x($0))),\(text(y(curve.products[$0])))" }
    let color = Self.colors[index % Self.colors.count]
    return """
      <polyline fill="none" stroke="\(color)" stroke-width="2.5" stroke-linejoin="round" \
      points="\(points.joined(separator: " "))"/>
      <text x="\(text(x(0) + 10))" y="\(text(labels[index]))" dy="0.35em" fill="\(color)" font-weight="600">\
      \(curve.stack.rawValue)</text>
      """
  }

  private func text(_ number: Double) -> String { String(format: "%.1f", number) }
}
