import StrataTensor

/// Σₙ (Rₙ − Rₙ₋₁) Pₙ over the thresholds, with R recall and P precision of what scores at least as much: the area under
/// the curve of precision against recall, as steps.
///
/// Of more than two classes, the mean over all, each against the rest by its probability; a class without rows counts as
/// 0, as in scikit-learn's `average_precision_score`. It keeps every score until it is dropped.
public struct AveragePrecision: Metric {
  private var scores: RankedScores

  public init(ignoredIndex: Int? = nil) { scores = RankedScores("AveragePrecision", ignoredIndex) }

  public var name: String { "average precision" }

  public mutating func add(_ logits: Tensor, _ labels: Tensor) { scores.add(logits, labels) }

  public var value: Double {
    scores.mean { curve in
      guard let all = curve.last else { return nil }
      if all.truePositives == 0 { return 0 }
      var (area, last) = (0.0, 0.0)
      for point in curve {
        area +=
          (point.truePositives - last) / all.truePositives * point.truePositives
          / (point.truePositives + point.falsePositives)
        last = point.truePositives
      }
      return area
    }
  }
}
