import StrataTensor

/// The share of rows whose true class is among the k largest logits. Of equal logits the later class comes first, as in
/// scikit-learn's `top_k_accuracy_score`; ``Accuracy`` takes the earlier one.
public struct TopKAccuracy: Metric {
  /// How many of the largest logits count.
  public let k: Int

  private let ignoredIndex: Int?
  private var share = MeanValue()

  public init(_ k: Int, ignoredIndex: Int? = nil) {
    require(k >= 1, "TopKAccuracy: no class is among the \(k) largest; give 1 or more")
    self.k = k
    self.ignoredIndex = ignoredIndex
  }

  public var name: String { "top-\(k) accuracy" }
  public var value: Double { share.value }

  public mutating func add(_ logits: Tensor, _ labels: Tensor) {
    ClassRows(logits, labels, ignoredIndex: ignoredIndex, for: "TopKAccuracy").forEach { logits, label in
      let own = logits[logitOf: label]
      let before = (0..<max(2, logits.count)).count { other in
        let logit = logits[logitOf: other]
        return other != label && (logit > own || logit == own && other > label || logit.isNaN && !own.isNaN)
      }
      share.add(before < k ? 1 : 0)
    }
  }
}
