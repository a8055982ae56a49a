import StrataTensor

/// tp / (tp + fn): the share of a class's examples that are recognized, averaged over classes; 0 of a class that has
/// none.
///
/// scikit-learn's `recall_score`.
public struct Recall: Metric {
  /// How the classes' figures become one.
  public let average: ClassAverage

  private var counts: PredictionCounts

  public init(average: ClassAverage = .macro, ignoredIndex: Int? = nil) {
    self.average = average
    counts = PredictionCounts("Recall", ignoredIndex)
  }

  public var name: String { "recall\(average.suffix)" }

  public mutating func add(_ logits: Tensor, _ labels: Tensor) { counts.add(logits, labels) }

  public var value: Double { counts.figure(average) { $0.truePositives / ($0.truePositives + $0.missed) } }
}
