/// The figure of an epoch that a callback judges by, and which way it is better.
///
/// ```swift
/// EarlyStopping(patience: 5, monitor: .highest("recall"))
/// ```
///
/// A name is "loss", "accuracy", that of one of the trainer's `validationMetrics`, or of a figure that a callback before
/// it has put into ``TrainingLoop/metrics``. Figures are those of the validation examples where there are some.
public struct Monitor: Sendable, Equatable, Codable {
  /// What the figure is called.
  public let name: String

  /// Whether higher is better.
  public let isHigherBetter: Bool

  /// The lowest loss is best.
  public static let loss = lowest("loss")

  /// The highest accuracy is best.
  public static let accuracy = highest("accuracy")

  /// The lowest of a figure is best.
  public static func lowest(_ name: String) -> Monitor { Monitor(name: name, isHigherBetter: false) }

  /// The highest of a figure is best.
  public static func highest(_ name: String) -> Monitor { Monitor(name: name, isHigherBetter: true) }

  /// Returns the figure of an epoch.
  ///
  /// - Throws: ``MonitorError`` where the epoch has none of this name.
  public func value(in record: EpochRecord) throws(MonitorError) -> Double {
    let judged = record.validation ?? record.training
    let figures = record.metrics.merging(judged.metrics) { $1 }
    switch name {
    case "loss": return judged.loss
    case "accuracy" where figures[name] == nil: if let accuracy = judged.accuracy { return accuracy }
    default: if let figure = figures[name] { return figure }
    }
    let names = ["loss"] + (judged.accuracy == nil ? [] : ["accuracy"]) + figures.keys.sorted()
    throw MonitorError(name: name, figures: names)
  }

  /// Whether a figure is better than the best so far by more than a margin; NaN never is.
  func isGain(_ figure: Double, over best: Double?, margin: Double = 0) -> Bool {
    guard let best else { return !figure.isNaN }
    return isHigherBetter ? figure > best + margin : figure < best - margin
  }
}
