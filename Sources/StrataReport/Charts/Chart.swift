import Foundation
import StrataTensor

/// Curves over the epochs or steps of a run.
struct Chart {
  /// A curve.
  struct Series {
    let name: String
    let values: [Double]
    /// Which of the page's colours it has.
    let colour: Int
    /// The least and the greatest of what each value is the mean of.
    var band: [(least: Double, greatest: Double)]?
  }

  /// How values are written.
  enum Unit { case number, percent }

  let title: String
  /// What the chart says, in a line.
  var reading: String
  /// "epoch" or "step".
  let xName: String
  let xs: [Int]
  let series: [Series]
  var unit = Unit.number
  /// A point to mark, by its series and its place.
  var mark: (series: Int, index: Int)?
  /// Whether its axis has equal steps, whatever its numbers.
  var isLinear = false
  /// Whether a value that is NaN is one that was not measured.
  var isSparse = false

  /// The most points that are drawn of a curve.
  static let mostPoints = 480

  /// The places of the points that are drawn: all of them, or of each stretch the least and the greatest of each curve.
  var drawn: [Int] {
    guard xs.count > Self.mostPoints else { return Array(xs.indices) }
    let stretches = max(1, (Self.mostPoints - 3) / (3 * max(1, series.count)))
    var places: Set<Int> = [0, xs.count - 1]
    if let mark { places.insert(mark.index) }
    for stretch in 0..<stretches {
      let range = stretch * xs.count / stretches..<(stretch + 1) * xs.count / stretches
      for some in series {
        let finite = range.filter { some.values[$0].isFinite }
        for place in [
          finite.min { some.values[$0] < some.values[$1] }, finite.max { some.values[$0] < some.values[$1] },
          finite.count == range.count ? nil : range.first { !some.values[$0].isFinite },
        ] {
          if let place { places.insert(place) }
        }
      }
    }
    return places.sorted()
  }

  /// A number of a curve as text.
  func text(_ value: Double) -> String {
    guard value.isFinite else { return value.isNaN ? "NaN" : value < 0 ? "−∞" : "∞" }
    switch unit {
    case .number: return shortText(value)
    case .percent: return fixed(100 * value, places: 2) + " %"
    }
  }

  /// Whether a number can be drawn.
  static func isDrawable(_ value: Double) -> Bool { abs(value) <= Axis.limit }
}
