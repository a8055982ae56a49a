import StrataTensor

/// √(Σ (ŷ − y)² / n), the root of the mean squared error, in the targets' unit; of several columns, the mean of theirs.
///
/// scikit-learn's `root_mean_squared_error`.
public struct RMSE: Metric {
  private var columns: [MeanValue] = []

  public init() {}

  public var name: String { "RMSE" }
  public var value: Double { columns.reduce(0) { $0 + $1.value.squareRoot() } / Double(columns.count) }

  public mutating func add(_ outputs: Tensor, _ targets: Tensor) {
    if columns.isEmpty { columns = Array(repeating: MeanValue(), count: columnCount(outputs)) }
    require(
      columnCount(outputs) == columns.count,
      "RMSE: rows of \(columnCount(outputs)) entries after rows of \(columns.count)")
    forEachPrediction(outputs, targets, for: "RMSE") { columns[$0].add(($1 - $2) * ($1 - $2)) }
  }
}
