import StrataTensor

/// tp / (tp + fp): the share of the predictions of a class that are right, averaged over classes; 0 of a class that is
/// never predicted.
///
/// scikit-learn's `precision_score`.
public struct Precision: Metric {
  /// How the classes' figures become one.
  public let average: ClassAverage

  private var counts: PredictionCounts

  public init(average: ClassAverage = .macro, ignoredIndex: Int? = nil) {
    self.average = average
    counts = PredictionCounts("Precision", ignoredIndex)
  }

  public var name: String { "precision\(average.suffix)" }

  public mutating func add(_ logits: Tensor, _ labels: Tensor) { counts.add(logits, labels) }

  public var value: Double { counts.figure(average) { $0.truePositives / ($0.truePositives + $0.wrong) } }
}
