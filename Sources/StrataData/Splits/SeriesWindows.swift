import StrataTensor

/// Windows of a time series: `length` steps in a row to look at, and the `horizon` steps after them to predict.
///
/// ```swift
/// let windows = SeriesWindows(length: 24, horizon: 6)
/// let (train, test) = windows.split(series, test: 0.2)       // of [T, D]: inputs [N, 24, D], labels [N, 6 · D]
/// ```
///
/// Window n begins at step n · stride; there are ⌊(T − length − horizon) / stride⌋ + 1, or none of a shorter series.
public struct SeriesWindows: Sendable, Equatable {
  /// How many steps the inputs have.
  public let length: Int

  /// How many steps after them the labels have.
  public let horizon: Int

  /// How many steps lie between the beginnings of two windows.
  public let stride: Int

  /// Windows of these numbers of steps.
  public init(length: Int, horizon: Int = 1, stride: Int = 1) {
    require(
      length >= 1 && horizon >= 1 && stride >= 1,
      "SeriesWindows: length \(length), horizon \(horizon) and stride \(stride) must be 1 or more")
    (self.length, self.horizon, self.stride) = (length, horizon, stride)
  }

  /// Returns all windows of a series [T, D] as examples: inputs [N, length, D] and labels [N, horizon · C], which hold the
  /// C target columns step by step.
  ///
  /// - Parameters:
  ///   - series: A row a step.
  ///   - targets: The columns that are predicted; nil for all.
  public func dataset(of series: Tensor, targets: [Int]? = nil) -> Dataset {
    require(series.rank == 2, "SeriesWindows: a series is [T, D], not \(series.shape)")
    let (steps, width) = (series.shape[0], series.shape[1])
    let targets = targets ?? Array(0..<width)
    require(
      targets.allSatisfy { 0..<width ~= $0 },
      "SeriesWindows: the targets \(targets) are not all columns of \(series.shape)")
    let starts = Array(Swift.stride(from: 0, through: steps - length - horizon, by: stride))
    let inputs = series.gathered(rows: starts.flatMap { $0..<$0 + length })
    let labels = series.gathered(rows: starts.flatMap { $0 + length..<$0 + length + horizon })
    let columns =
      targets == Array(0..<width) ? labels : Tensor(concatenating: targets.map { labels[.all, $0..<$0 + 1] }, along: 1)
    return Dataset(
      inputs: inputs.reshaped(to: [starts.count, length, width]),
      labels: columns.reshaped(to: [starts.count, horizon * targets.count]))
  }

  /// Returns the windows of the first steps, and those of the last, a share of them rounded up.
  ///
  /// No step is in windows of both: each window lies in one part with its labels.
  public func split(_ series: Tensor, test share: Double = 0.25, targets: [Int]? = nil) -> (
    train: Dataset, test: Dataset
  ) {
    let rows = series.rank == 0 ? 0 : series.shape[0]
    let first = Split(byTime: Array(0..<rows), test: share).train.count
    return (dataset(of: series[0..<first], targets: targets), dataset(of: series[first..<rows], targets: targets))
  }
}
