import StrataTensor

/// Σ |ŷ − y| / n, the mean absolute error over all entries, in the targets' unit.
public struct MAE: Metric {
  private var mean = MeanValue()

  public init() {}

  public var name: String { "MAE" }
  public var value: Double { mean.value }

  public mutating func add(_ outputs: Tensor, _ targets: Tensor) {
    forEachPrediction(outputs, targets, for: "MAE") { mean.add(abs($1 - $2)) }
  }
}
