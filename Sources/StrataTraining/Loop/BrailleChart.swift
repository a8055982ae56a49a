import Foundation
import StrataTensor

/// Curves in a few lines of text: a character of Braille has two columns of four dots.
///
/// ```
/// 2.302 ⡇
///       ⢣
///       ⠈⢢⡀                                   validation 0.2104
/// 0.031  ⠑⠢⢄⣀⣀⣀⣀⣀⣀⣀⣀⣀⣀⣀⣀⣀⣀⣀⣀⣀⣀⣀⣀⣀⣀          training 0.0312
///       1                        690 steps
/// ```
struct BrailleChart {
  /// A curve, and the colour of a terminal's that it has.
  struct Series {
    let name: String
    let points: [(x: Double, y: Double)]
    let colour: Int
  }

  /// The lines of the curves, without that of the steps below them.
  let rows: Int

  /// The width of the terminal that is to be used.
  let columns: Int

  /// Whether curves and their names have colours.
  let isColoured: Bool

  /// The fewest columns of curves that are worth their place.
  private static let fewestColumns = 20

  /// Returns the lines; none where there is no finite point, or no place for one.
  func lines(_ series: [Series]) -> [String] {
    let series = series.compactMap { some -> Series? in
      let finite = some.points.filter { $0.x.isFinite && $0.y.isFinite }
      return finite.isEmpty ? nil : Series(name: some.name, points: finite, colour: some.colour)
    }
    let (xs, ys) = (series.flatMap { $0.points.map(\.x) }, series.flatMap { $0.points.map(\.y) })
    guard let first = xs.min(), let last = xs.max(), let least = ys.min(), let greatest = ys.max() else { return [] }
    let scales = [short(greatest), short(least)]
    let labels = series.map { "\($0.name) \(lossText($0.points.last!.y))" }
    let margin = scales.map(\.count).max()!
    let width = columns - margin - 2 - labels.map(\.count).max()!
    guard width >= Self.fewestColumns else { return [] }

    let isLogarithmic = least > 0 && greatest / least > 50
    func height(_ y: Double) -> Double {
      let (y, low, high) = isLogarithmic ? (log(y), log(least), log(greatest)) : (y, least, greatest)
      // Halves, since the difference of the ends can overflow.
      return high > low ? (y / 2 - low / 2) / (high / 2 - low / 2) : 0.5
    }
    var cells = Array(repeating: [Cell](repeating: Cell(), count: width), count: rows)
    for some in series {
      let dots = some.points.map { point in
        (
          x: last > first ? (point.x - first) / (last - first) * Double(2 * width - 1) : 0,
          y: (1 - height(point.y)) * Double(4 * rows - 1)
        )
      }
      draw(dots, some.colour, in: &cells)
    }

    let places = places(of: series.map { (1 - height($0.points.last!.y)) * Double(rows - 1) })
    var lines = cells.enumerated().map { row, cells in
      let scale = row == 0 ? scales[0] : row == rows - 1 && least < greatest ? scales[1] : ""
      let label = places.firstIndex(of: row).map { coloured(" " + labels[$0], series[$0].colour) } ?? ""
      return aligned(scale, margin) + " " + text(of: cells) + label
    }
    let end = "\(grouped(Int(last))) steps"
    lines.append(
      String(repeating: " ", count: margin + 1) + grouped(Int(first))
        + aligned(end, max(end.count + 1, width - grouped(Int(first)).count)))
    return lines
  }

  /// A character: its dots as Unicode numbers them, and the colour of the curve that came last.
  private struct Cell {
    var dots: UInt32 = 0
    var colour = 0
  }

  /// Draws a curve through dots.
  private func draw(_ dots: [(x: Double, y: Double)], _ colour: Int, in cells: inout [[Cell]]) {
    for (index, to) in dots.enumerated() {
      let from = dots[max(0, index - 1)]
      let steps = max(1, Int(max(abs(to.x - from.x), abs(to.y - from.y)).rounded(.up)))
      for step in 0...steps {
        let share = Double(step) / Double(steps)
        let (x, y) = (
          Int((from.x + share * (to.x - from.x)).rounded()), Int((from.y + share * (to.y - from.y)).rounded())
        )
        // The dots of a character: 1, 2, 3, 7 in the left column and 4, 5, 6, 8 in the right one.
        let bit = y % 4 == 3 ? 6 + x % 2 : y % 4 + 3 * (x % 2)
        cells[y / 4][x / 2].dots |= 1 << UInt32(bit)
        cells[y / 4][x / 2].colour = colour
      }
    }
  }

  /// The rows of names, near their curves and apart from each other.
  private func places(of heights: [Double]) -> [Int] {
    var places: [Int] = []
    for height in heights {
      let wished = Int(height.rounded())
      let free = (0..<rows).filter { !places.contains($0) }
      places.append(free.min { abs($0 - wished) < abs($1 - wished) } ?? wished)
    }
    return places
  }

  private func text(of cells: [Cell]) -> String {
    var text = ""
    var colour = 0
    for cell in cells {
      if isColoured, cell.dots != 0, cell.colour != colour {
        colour = cell.colour
        text += "\u{1B}[\(colour)m"
      }
      text.unicodeScalars.append(cell.dots == 0 ? " " : Unicode.Scalar(0x2800 + cell.dots)!)
    }
    return text + (colour == 0 ? "" : "\u{1B}[0m")
  }

  private func coloured(_ text: String, _ colour: Int) -> String {
    isColoured ? "\u{1B}[\(colour)m\(text)\u{1B}[0m" : text
  }

  private func aligned(_ text: String, _ width: Int) -> String {
    String(repeating: " ", count: max(0, width - text.count)) + text
  }
}
