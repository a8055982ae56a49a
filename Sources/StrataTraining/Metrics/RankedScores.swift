import Foundation
import StrataTensor

/// The scores of a classification by class, kept to be sorted: what curves over all thresholds are computed of.
///
/// It keeps 8 bytes a score and one a label. Of two classes only class 1 is ranked, by its logit less that of class 0.
struct RankedScores {
  private let metric: String
  private let ignoredIndex: Int?
  private var scores: [[Double]] = []
  private var labels: [Int32] = []

  init(_ metric: String, _ ignoredIndex: Int?) {
    self.metric = metric
    self.ignoredIndex = ignoredIndex
  }

  mutating func add(_ logits: Tensor, _ labels: Tensor) {
    let rows = ClassRows(logits, labels, ignoredIndex: ignoredIndex, for: metric)
    let columns = rows.classes == 2 ? 1 : rows.classes
    if scores.isEmpty { scores = Array(repeating: [], count: columns) }
    require(columns == scores.count, "\(metric): \(rows.classes) classes after batches of another number of them")
    rows.forEach { logits, label in
      self.labels.append(Int32(label))
      if columns == 1 {
        scores[0].append(logits[logitOf: 1] - logits[logitOf: 0])
      } else {
        let partition = logits.logPartition
        for (column, logit) in logits.enumerated() { scores[column].append(exp(logit - partition)) }
      }
    }
  }

  /// Returns the mean over classes of a figure of (true positives, false positives) above each threshold, from the
  /// highest; NaN where a score is NaN, or no class has a figure.
  func mean(of figure: (_ curve: [(truePositives: Double, falsePositives: Double)]) -> Double?) -> Double {
    var mean = MeanValue()
    for (column, scores) in scores.enumerated() {
      if scores.contains(where: \.isNaN) { return .nan }
      let positive = Int32(self.scores.count == 1 ? 1 : column)
      if let value = figure(curve(scores, positive)) { mean.add(value) }
    }
    return mean.value
  }

  /// Equal scores make one threshold, so that their order does not count.
  private func curve(_ scores: [Double], _ positive: Int32) -> [(truePositives: Double, falsePositives: Double)] {
    var curve: [(truePositives: Double, falsePositives: Double)] = []
    var (truePositives, falsePositives, last) = (0.0, 0.0, Double.nan)
    for row in scores.indices.sorted(by: { scores[$0] > scores[$1] }) {
      if labels[row] == positive { truePositives += 1 } else { falsePositives += 1 }
      if scores[row] == last { curve.removeLast() }
      last = scores[row]
      curve.append((truePositives, falsePositives))
    }
    return curve
  }
}
