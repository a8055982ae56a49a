import StrataTensor

/// F_β = (1 + β²) · precision · recall / (β² · precision + recall), of each class and averaged over classes.
///
/// With n(true positives) tp, false positives fp and false negatives fn it is
/// (1 + β²) tp / ((1 + β²) tp + β² fn + fp), and 0 where that divides by 0. β is how many times as much as precision
/// recall counts: 1 gives the harmonic mean of both, F₁. scikit-learn's `fbeta_score`.
public struct FBeta: Metric {
  /// How many times as much as precision recall counts.
  public let beta: Double

  /// How the classes' figures become one.
  public let average: ClassAverage

  private var counts: PredictionCounts

  public init(beta: Double = 1, average: ClassAverage = .macro, ignoredIndex: Int? = nil) {
    require(
      beta >= 0 && beta.isFinite, "FBeta: beta \(beta) must be finite and not negative: it weighs recall over precision"
    )
    self.beta = beta
    self.average = average
    counts = PredictionCounts("FBeta", ignoredIndex)
  }

  public var name: String { "F\(shortText(beta))\(average.suffix)" }

  public mutating func add(_ logits: Tensor, _ labels: Tensor) { counts.add(logits, labels) }

  public var value: Double {
    let b = beta * beta
    return counts.figure(average) {
      (1 + b) * $0.truePositives / ((1 + b) * $0.truePositives + b * $0.missed + $0.wrong)
    }
  }
}
