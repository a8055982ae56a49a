import Foundation
import StrataTensor

/// Σ over bins of (rows in the bin / all rows) · |accuracy − mean confidence|, the expected calibration error.
///
/// A row's confidence is the probability of its predicted class; bins cut 0…1 into equal parts, each with its upper end.
/// It is 0 where 80 % of the predictions made with a probability of 0.8 are right. Guo, Pleiss, Sun and Weinberger, "On
/// Calibration of Modern Neural Networks", 2017.
public struct CalibrationError: Metric {
  private struct Bin {
    var rows = 0.0
    var right = 0.0
    var confidence = 0.0
  }

  private let ignoredIndex: Int?
  private var bins: [Bin]

  public init(bins: Int = 15, ignoredIndex: Int? = nil) {
    require(bins >= 1, "CalibrationError: \(bins) bins cannot part the rows; give 1 or more")
    self.bins = Array(repeating: Bin(), count: bins)
    self.ignoredIndex = ignoredIndex
  }

  public var name: String { "calibration error" }

  public var value: Double {
    let rows = bins.reduce(0) { $0 + $1.rows }
    return bins.reduce(0) { $0 + abs($1.right - $1.confidence) } / rows
  }

  public mutating func add(_ logits: Tensor, _ labels: Tensor) {
    ClassRows(logits, labels, ignoredIndex: ignoredIndex, for: "CalibrationError").forEach { logits, label in
      let predicted = logits.predictedClass
      let confidence = exp(logits[logitOf: predicted] - logits.logPartition)
      // A confidence of NaN, of a row that is not finite, stays seen in the sum of the first bin.
      let place = confidence.isNaN ? 0 : Int((confidence * Double(bins.count)).rounded(.up)) - 1
      let bin = min(max(0, place), bins.count - 1)
      bins[bin].rows += 1
      bins[bin].right += predicted == label ? 1 : 0
      bins[bin].confidence += confidence
    }
  }
}
