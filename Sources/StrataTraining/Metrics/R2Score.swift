import StrataTensor

/// R² = 1 − Σ (y − ŷ)² / Σ (y − ȳ)²: the share of the targets' variance that the predictions explain; of several columns,
/// the mean of theirs.
///
/// 1 is perfect, 0 as good as the targets' mean ȳ. Of targets that do not vary it is 1 where all predictions are right,
/// else 0; NaN of fewer than two rows. scikit-learn's `r2_score`.
public struct R2Score: Metric {
  private struct Column {
    var rows = 0.0
    var mean = 0.0
    /// Σ (y − ȳ)², by Welford's recurrence, which does not cancel.
    var variation = 0.0
    var residual = 0.0

    mutating func add(_ prediction: Double, _ target: Double) {
      rows += 1
      let distance = target - mean
      mean += distance / rows
      variation += distance * (target - mean)
      residual += (target - prediction) * (target - prediction)
    }

    var value: Double {
      if rows < 2 { return .nan }
      if variation == 0 { return residual == 0 ? 1 : 0 }
      return 1 - residual / variation
    }
  }

  private var columns: [Column] = []

  public init() {}

  public var name: String { "R²" }
  public var value: Double { columns.reduce(0) { $0 + $1.value } / Double(columns.count) }

  public mutating func add(_ outputs: Tensor, _ targets: Tensor) {
    if columns.isEmpty { columns = Array(repeating: Column(), count: columnCount(outputs)) }
    require(
      columnCount(outputs) == columns.count,
      "R2Score: rows of \(columnCount(outputs)) entries after rows of \(columns.count)")
    forEachPrediction(outputs, targets, for: "R2Score") { columns[$0].add($1, $2) }
  }
}
