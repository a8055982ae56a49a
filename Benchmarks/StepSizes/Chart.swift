import Foundation

/// A named line of a chart.
struct Curve {
  let name: String
  var points: [(step: Double, error: Double)]
}

/// Returns the curves on logarithmic axes as SVG, legible on light and dark backgrounds.
func chart(of curves: [Curve]) -> String {
  let (left, top, width, height) = (70.0, 20.0, 560.0, 340.0)
  let (steps, errors) = (-9.0...0.0, -14.0...2.0)
  func x(_ step: Double) -> Double {
    left + (log10(step) - steps.lowerBound) / (steps.upperBound - steps.lowerBound) * width
  }
  func y(_ error: Double) -> Double {
    let exponent = min(max(log10(error), errors.lowerBound), errors.upperBound)
    return top + (errors.upperBound - exponent) / (errors.upperBound - errors.lowerBound) * height
  }
  func text(_ x: Double, _ y: Double, _ anchor: String, _ words: String) -> String {
    "<text x=\"\(decimal(x))\" y=\"\(decimal(y))\" text-anchor=\"\(anchor)\" fill=\"#777\">\(words)</text>"
  }
  var lines = [
    "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 660 500\" font-family=\"sans-serif\" font-size=\"13\">"
  ]
  for exponent in stride(from: -9, through: 0, by: 1) {
    let place = x(pow(10, Double(exponent)))
    lines.append(
      "<line x1=\"\(decimal(place))\" x2=\"\(decimal(place))\" y1=\"\(top)\" y2=\"\(top + height)\" stroke=\"#8884\"/>")
    lines.append(text(place, top + height + 18, "middle", power(exponent)))
  }
  for exponent in stride(from: -14, through: 2, by: 2) {
    let place = y(pow(10, Double(exponent)))
    lines.append(
      "<line x1=\"\(left)\" x2=\"\(left + width)\" y1=\"\(decimal(place))\" y2=\"\(decimal(place))\" stroke=\"#8884\"/>"
    )
    lines.append(text(left - 8, place + 4, "end", power(exponent)))
  }
  lines.append(text(left + width / 2, top + height + 40, "middle", "step h"))
  lines.append(text(left, top - 6, "start", "relative error, median"))
  let colours = ["#d98c00", "#c2410c", "#5aa0d8", "#1d5fa8"]
  for (index, curve) in curves.enumerated() {
    let points = curve.points.map { "\(decimal(x($0.step))),\(decimal(y($0.error)))" }.joined(separator: " ")
    let dash = index % 2 == 0 ? " stroke-dasharray=\"6 4\"" : ""
    let line = "fill=\"none\" stroke=\"\(colours[index % 4])\" stroke-width=\"2\"\(dash)"
    lines.append("<polyline points=\"\(points)\" \(line)/>")
    let (column, row) = (left + Double(index % 2) * 280, top + height + 75 + Double(index / 2) * 24)
    lines.append("<polyline points=\"\(column),\(row) \(column + 40),\(row)\" \(line)/>")
    lines.append(text(column + 50, row + 4, "start", curve.name))
  }
  return lines.joined(separator: "\n") + "\n</svg>\n"
}

private func decimal(_ number: Double) -> String { String(format: "%.1f", number) }

private func power(_ exponent: Int) -> String { "10<tspan dy=\"-5\" font-size=\"9\">\(exponent)</tspan>" }
