import Foundation
import StrataData
import StrataTensor

/// A log of one JSON object a line: of every epoch, and of every n-th step where that is asked for.
///
/// ```
/// {"epoch": 1, "event": "step", "loss": 0.31, "rate": 0.001, "step": 50, "time": 1764460800.25}
/// {"accuracy": 0.93, "epoch": 1, "event": "epoch", "loss": 0.24, …, "validation loss": 0.27}
/// ```
///
/// Times are seconds since 1970; a number that is not finite is null, since JSON has none. Lines are added at the end of
/// a file that is there.
public struct JSONLinesLog: Callback {
  /// Where the log is.
  public let path: String

  /// Every which step has a line; nil for none.
  public let stepInterval: Int?

  private var file: LogFile?

  /// A log at a path, whose directories are made.
  public init(_ path: String, everySteps stepInterval: Int? = nil) {
    require(
      stepInterval ?? 1 >= 1,
      "JSONLinesLog: a line every \(stepInterval ?? 0) steps is not possible; give 1 or more")
    self.path = path
    self.stepInterval = stepInterval
  }

  public mutating func beforeTraining(_ trainer: inout some TrainingLoop) throws {
    file = try LogFile(appendingTo: path)
  }

  public func afterStep(_ trainer: inout some TrainingLoop) throws {
    guard let stepInterval, trainer.stepsDone % stepInterval == 0, let epoch = trainer.epoch else { return }
    var figures = ["loss": trainer.lastStep!.loss, "rate": trainer.learningRate]
    figures["accuracy"] = trainer.lastStep!.accuracy
    try write("step", epoch: epoch.number, step: trainer.stepsDone, figures)
  }

  public func afterEpoch(_ trainer: inout some TrainingLoop) throws {
    let record = trainer.history.last!
    let figures = Dictionary(record.allFigures.map { ($0.title, $0.value) }) { _, last in last }
    try write("epoch", epoch: record.epoch, step: trainer.stepsDone, figures)
  }

  public mutating func afterTraining(_ trainer: inout some TrainingLoop) throws {
    if let failure = trainer.failure { try write(["event": "failure", "message": "\(failure)"]) }
    file = nil
  }

  private func write(_ event: String, epoch: Int, step: Int, _ figures: [String: Double]) throws {
    let values: [String: Any] = figures.mapValues { $0.isFinite ? $0 as Any : NSNull() }
    try write(values.merging(["event": event, "epoch": epoch, "step": step]) { $1 })
  }

  private func write(_ object: [String: Any]) throws {
    let timed = object.merging(["time": Date.now.timeIntervalSince1970]) { $1 }
    let line = try JSONSerialization.data(withJSONObject: timed, options: [.sortedKeys, .withoutEscapingSlashes])
    try file?.append(Array(line) + [UInt8(ascii: "\n")])
  }
}
