import StrataTensor

/// −log p of the true class, averaged over rows, p = softmax(logits) or of one logit σ(z): scikit-learn's `log_loss`,
/// without its bound on p.
public struct LogLoss: Metric {
  private let ignoredIndex: Int?
  private var mean = MeanValue()

  public init(ignoredIndex: Int? = nil) { self.ignoredIndex = ignoredIndex }

  public var name: String { "log loss" }
  public var value: Double { mean.value }

  public mutating func add(_ logits: Tensor, _ labels: Tensor) {
    ClassRows(logits, labels, ignoredIndex: ignoredIndex, for: "LogLoss").forEach { logits, label in
      mean.add(logits.logPartition - logits[logitOf: label])
    }
  }
}
