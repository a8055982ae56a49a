import StrataTensor

/// The area under the curve of true against false positive rates: how probable it is that a positive row scores higher
/// than a negative one, ties counting half.
///
/// Of more than two classes, the mean over those that have rows and are not all rows, each against the rest by its
/// probability; NaN where none has. scikit-learn's `roc_auc_score`, `multi_class="ovr"`. It keeps every score until it is
/// dropped.
public struct ROCAUC: Metric {
  private var scores: RankedScores

  public init(ignoredIndex: Int? = nil) { scores = RankedScores("ROCAUC", ignoredIndex) }

  public var name: String { "ROC AUC" }

  public mutating func add(_ logits: Tensor, _ labels: Tensor) { scores.add(logits, labels) }

  public var value: Double {
    scores.mean { curve in
      guard let all = curve.last, all.truePositives > 0, all.falsePositives > 0 else { return nil }
      var (area, last) = (0.0, (truePositives: 0.0, falsePositives: 0.0))
      for point in curve {
        // Trapezoids of integers and halves, which are exact.
        area += (point.falsePositives - last.falsePositives) * (point.truePositives + last.truePositives) / 2
        last = point
      }
      return area / (all.truePositives * all.falsePositives)
    }
  }
}
