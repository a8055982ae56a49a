/// Figures of the values that a column has; of numbers alone those that need numbers.
struct ColumnSummary {
  let count: Int
  private(set) var mean: Double?
  private(set) var differentTexts: Int?
  /// The most frequent text, of several the one that comes first.
  private(set) var mode: String?
  /// Σ (x − mean)²
  private(set) var variation = 0.0
  private let sorted: [Double]

  init(of column: Column) {
    if case .text(let texts) = column {
      var counts = Array(repeating: 0, count: texts.values.count)
      for code in texts.codes where code >= 0 { counts[Int(code)] += 1 }
      (count, sorted) = (counts.reduce(0, +), [])
      differentTexts = counts.count { $0 > 0 }
      if let most = counts.max(), most > 0 { mode = texts.values[counts.firstIndex(of: most)!] }
    } else {
      sorted = (column.numbers ?? []).filter { !$0.isNaN }.sorted()
      count = sorted.count
      guard count > 0 else { return }
      let mean = sorted.reduce(0, +) / Double(count)
      self.mean = mean
      variation = sorted.reduce(0) { $0 + ($1 - mean) * ($1 - mean) }
    }
  }

  /// The standard deviation of a sample, divided by n − 1; nil of fewer than two numbers.
  var deviation: Double? { sorted.count < 2 ? nil : (variation / Double(count - 1)).squareRoot() }

  /// The number below which a share of the numbers lies, on the line between the two nearest; nil where there are none.
  func quantile(_ share: Double) -> Double? {
    guard !sorted.isEmpty else { return nil }
    let place = share * Double(count - 1)
    let (below, part) = (Int(place), place - place.rounded(.down))
    return part == 0 ? sorted[below] : sorted[below] + (sorted[below + 1] - sorted[below]) * part
  }
}
