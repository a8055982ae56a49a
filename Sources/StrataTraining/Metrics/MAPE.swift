import StrataTensor

/// Σ |ŷ − y| / max(|y|, 2⁻⁵²) / n, the mean absolute error relative to the targets: 0.05 is 5 %.
///
/// A target of 0 makes it huge, as in scikit-learn's `mean_absolute_percentage_error`.
public struct MAPE: Metric {
  private var mean = MeanValue()

  public init() {}

  public var name: String { "MAPE" }
  public var value: Double { mean.value }

  public mutating func add(_ outputs: Tensor, _ targets: Tensor) {
    forEachPrediction(outputs, targets, for: "MAPE") { mean.add(abs($1 - $2) / max(abs($2), .ulpOfOne)) }
  }
}
