import Foundation
import StrataTensor

/// How a chart is drawn. Its units are pixels of a column of a wide page, and of the whole of a narrow one.
private enum Frame {
  static let size = (width: 460.0, height: 240.0)
  static let (left, right, top, bottom) = (58.0, 84.0, 12.0, 30.0)
  static var plot: (width: Double, height: Double) { (size.width - left - right, size.height - top - bottom) }
}

extension Chart {
  /// The chart with its title, its values to hover over, and a table of them.
  func figure(id: Int) -> Markup {
    let drawn = drawn
    let axes = axes(of: drawn)
    return """
      <figure class="chart" id="chart\(id)">
      <figcaption><h3>\(title)</h3><p>\(reading)</p></figcaption>
      \(svg(id, drawn, axes))
      \(data(drawn, axes))
      <details><summary>Values</summary>\(valueTable(drawn))</details>
      </figure>

      """
  }

  private func axes(of drawn: [Int]) -> (x: Axis, y: Axis) {
    var shown: [Double] = []
    for some in series {
      for place in drawn {
        shown.append(some.values[place])
        if let band = some.band { shown += [band[place].least, band[place].greatest] }
      }
    }
    shown = shown.filter(Self.isDrawable)
    let (least, greatest) = (shown.min() ?? 0, shown.max() ?? 1)
    let isLogarithmic = !isLinear && unit == .number && least > 1e-300 && greatest / least > 30
    // A curve of positive numbers begins at 0 where that costs little of its height.
    let isFromZero = least >= 0 && !isLogarithmic && (least < 0.5 * greatest || least == greatest)
    let y = Axis(holding: (isFromZero ? 0 : least)...greatest, isLogarithmic: isLogarithmic)
    return (Axis(counting: Double(xs.first ?? 0)...Double(xs.last ?? 0)), y)
  }

  private func svg(_ id: Int, _ drawn: [Int], _ axes: (x: Axis, y: Axis)) -> Markup {
    let (right, bottom) = (Frame.size.width - Frame.right, Frame.size.height - Frame.bottom)
    func x(_ place: Int) -> Double { Frame.left + axes.x.place(of: Double(xs[place])) * Frame.plot.width }
    func y(_ value: Double) -> Double { bottom - axes.y.place(of: value) * Frame.plot.height }

    let rows = axes.y.ticks.map { tick -> Markup in
      """
      <line class="grid" x1="\(Frame.left)" x2="\(right)" y1="\(y(tick))" y2="\(y(tick))"/>\
      <text class="tick" x="\(Frame.left - 8)" y="\(y(tick) + 4)" text-anchor="end">\(tickText(tick))</text>

      """
    }
    let columns = axes.x.ticks.map { tick -> Markup in
      let x = Frame.left + axes.x.place(of: tick) * Frame.plot.width
      return #"<text class="tick" x="\#(x)" y="\#(bottom + 18)" text-anchor="middle">\#(grouped(Int(tick)))</text>"#
    }
    let bands = series.compactMap { band($0, drawn, x, y) }
    let curves = series.map { curve($0, drawn, x, y) }
    return """
      <svg viewBox="0 0 \(Frame.size.width) \(Frame.size.height)" role="img" tabindex="0" \
      aria-labelledby="title\(id) desc\(id)">
      <title id="title\(id)">\(title)</title><desc id="desc\(id)">\(reading)</desc>
      \(rows)\(columns)
      <text class="tick" x="\(right + 30)" y="\(bottom + 18)">\(xName)</text>
      \(bands)\(curves)\(marker(x, y))\(names(drawn, y))\(brokenPlace(drawn, x))
      <g class="hover"></g>
      <rect class="over" x="\(Frame.left)" y="0" width="\(Frame.plot.width)" height="\(Frame.size.height)"><title></title></rect>
      </svg>
      """
  }

  /// The parts of a curve between places where it is not finite, as paths; a part of one point is a dot.
  private func curve(
    _ some: Series, _ drawn: [Int], _ x: (Int) -> Double, _ y: (Double) -> Double
  ) -> Markup {
    var (path, dots, part): (Markup, Markup, [Int]) = ("", "", [])
    func end() {
      if part.count == 1 {
        dots =
          dots + #"<circle class="dot s\#(some.colour)" cx="\#(x(part[0]))" cy="\#(y(some.values[part[0]]))" r="3"/>"#
      }
      for (index, place) in part.enumerated() where part.count > 1 {
        path = path + "\(index == 0 ? "M" : "L")\(x(place)),\(y(some.values[place]))"
      }
      part = []
    }
    for place in drawn {
      if Self.isDrawable(some.values[place]) { part.append(place) } else { end() }
    }
    end()
    return path.source.isEmpty ? dots : #"<path class="curve s\#(some.colour)" d="\#(path)"/>\#(dots)"#
  }

  private func band(
    _ some: Series, _ drawn: [Int], _ x: (Int) -> Double, _ y: (Double) -> Double
  ) -> Markup? {
    guard let band = some.band else { return nil }
    let places = drawn.filter { Self.isDrawable(band[$0].least) && Self.isDrawable(band[$0].greatest) }
    guard places.count > 1 else { return nil }
    let upper = places.map { "L\(x($0)),\(y(band[$0].greatest))" as Markup }
    let lower = places.reversed().map { "L\(x($0)),\(y(band[$0].least))" as Markup }
    let start: Markup = "M\(x(places[0])),\(y(band[places[0]].greatest))"
    return #"<path class="band s\#(some.colour)" d="\#(start)\#(upper)\#(lower)Z"/>"#
  }

  private func marker(_ x: (Int) -> Double, _ y: (Double) -> Double) -> Markup? {
    guard let mark, Self.isDrawable(series[mark.series].values[mark.index]) else { return nil }
    let some = series[mark.series]
    return #"<circle class="mark s\#(some.colour)" cx="\#(x(mark.index))" cy="\#(y(some.values[mark.index]))" r="5"/>"#
  }

  /// What stands at the right end of curves: their names, or of a single one its last value; apart from each other.
  private func names(_ drawn: [Int], _ y: (Double) -> Double) -> [Markup] {
    var labels: [(y: Double, text: String, colour: Int)] = []
    for some in series {
      guard let last = drawn.last(where: { Self.isDrawable(some.values[$0]) }) else { continue }
      labels.append((y(some.values[last]), series.count > 1 ? some.name : text(some.values[last]), some.colour))
    }
    labels.sort { $0.y < $1.y }
    for index in labels.indices.dropFirst() { labels[index].y = max(labels[index].y, labels[index - 1].y + 16) }
    for index in labels.indices.reversed() {
      let limit = index + 1 < labels.count ? labels[index + 1].y - 16 : Frame.size.height - Frame.bottom
      labels[index].y = min(labels[index].y, limit)
    }
    return labels.map { label in
      let x = Frame.size.width - Frame.right + 10
      return #"<text class="name s\#(label.colour)" x="\#(x)" y="\#(label.y + 4)">\#(label.text)</text>"#
    }
  }

  /// A line where a curve is not finite for the first time.
  private func brokenPlace(_ drawn: [Int], _ x: (Int) -> Double) -> Markup? {
    let places = series.compactMap { some in drawn.first { !some.values[$0].isFinite } }
    guard !isSparse, let first = places.min() else { return nil }
    let isLeft = x(first) > Frame.left + Frame.plot.width / 2
    return """
      <line class="broken" x1="\(x(first))" x2="\(x(first))" y1="\(Frame.top)" y2="\(Frame.size.height - Frame.bottom)"/>\
      <text class="broken" x="\(x(first) + (isLeft ? -6 : 6))" y="\(Frame.top + 10)" \
      text-anchor="\(isLeft ? "end" : "start")">not finite</text>
      """
  }

  private func tickText(_ tick: Double) -> String {
    if unit == .percent { return shortText(100 * tick) + " %" }
    return tick != 0 && (abs(tick) < 1e-3 || abs(tick) >= 1e5) ? String(format: "%.2g", tick) : shortText(tick)
  }

  /// What hovering shows: the drawn points, exactly, and where they are.
  private func data(_ drawn: [Int], _ axes: (x: Axis, y: Axis)) -> Markup {
    let curves = series.map { some in
      "{\"name\":\(Markup.json(some.name)),\"colour\":\(some.colour),\"y\":\(Markup.json(drawn.map { some.values[$0] }))}"
    }
    let places = drawn.map { "\(xs[$0])" }.joined(separator: ",")
    let json =
      "{\"title\":\(Markup.json(title)),\"x\":[\(places)],\"xName\":\(Markup.json(xName)),\"percent\":\(unit == .percent),"
      + "\"log\":\(axes.y.isLogarithmic),\"xRange\":\(Markup.json([axes.x.range.lowerBound, axes.x.range.upperBound])),"
      + "\"yRange\":\(Markup.json([axes.y.range.lowerBound, axes.y.range.upperBound])),"
      + "\"plot\":\(Markup.json([Frame.left, Frame.top, Frame.plot.width, Frame.plot.height])),"
      + "\"series\":[\(curves.joined(separator: ","))]}"
    return "<script type=\"application/json\">\(Markup(json))</script>"
  }

  private func valueTable(_ drawn: [Int]) -> Markup {
    // The last, and others at equal distances.
    let step = max(1, (drawn.count + 49) / 50)
    let places = stride(from: (drawn.count - 1) % step, to: drawn.count, by: step).map { drawn[$0] }
    let rows = places.map { place in
      [.text(grouped(xs[place]))] + series.map { Markup.text(text($0.values[place])) }
    }
    return .table([xName] + series.map(\.name), rows, numbers: Set(0...series.count), caption: title)
  }
}
