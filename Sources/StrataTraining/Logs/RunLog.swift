import Foundation
import StrataData
import StrataTensor

/// The directory of a run: its settings and circumstances, and every log of it.
///
/// ```swift
/// let log = try RunLog("runs/lstm", settings: ["hidden": 64, "dropout": 0.1])
/// var trainer = Trainer(model, loss: loss, optimizer: optimizer, callbacks: [log])
/// ```
///
/// | file | content |
/// |---|---|
/// | `run.json` | settings, seed, workers, machine, versions, the commit of the git repository around the program, when it began |
/// | `epochs.csv` | ``CSVLog`` |
/// | `events.jsonl` | ``JSONLinesLog``, with a line every ten steps |
/// | `events.out.tfevents.…` | ``TensorBoardLog``, with the settings as text |
public struct RunLog: Callback {
  /// Where the files are.
  public let directory: String

  private let circumstances: [String: String]
  private var table: CSVLog
  private var lines: JSONLinesLog
  private var curves: TensorBoardLog

  /// A log in a directory, which is made; files of an earlier run in it are continued.
  ///
  /// - Throws: `DataError` where the directory cannot be written to.
  public init(
    _ directory: String, settings: [String: any Sendable] = [:], everySteps stepInterval: Int = 10,
    histograms: Bool = true
  ) throws {
    func file(_ name: String) -> String { (directory as NSString).appendingPathComponent(name) }
    self.directory = directory
    table = CSVLog(file("epochs.csv"))
    lines = JSONLinesLog(file("events.jsonl"), everySteps: stepInterval)
    curves = TensorBoardLog(directory, everySteps: stepInterval, histograms: histograms)
    let settings = settings.mapValues { "\($0)" }
    let surroundings = RunSurroundings.current()
    circumstances = surroundings.merging(settings) { $1 }
    try LogFile.makeDirectory(of: file("run.json"))
    let output = try OutputFile(replacing: file("run.json"))
    let content: [String: Any] = ["settings": settings, "run": surroundings]
    try output.append(
      Array(
        JSONSerialization.data(
          withJSONObject: content, options: [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes])))
    try output.commit()
  }

  public mutating func beforeTraining(_ trainer: inout some TrainingLoop) throws {
    table.beforeTraining(&trainer)
    try lines.beforeTraining(&trainer)
    try curves.beforeTraining(&trainer)
    let rows = circumstances.sorted { $0.key < $1.key }.map { "| \($0.key) | \($0.value) |" }
    try curves.add(
      text: (["| setting | value |", "|---|---|"] + rows).joined(separator: "\n"), "run", step: trainer.stepsDone)
  }

  public mutating func afterStep(_ trainer: inout some TrainingLoop) throws {
    try lines.afterStep(&trainer)
    try curves.afterStep(&trainer)
  }

  public mutating func afterEpoch(_ trainer: inout some TrainingLoop) throws {
    try table.afterEpoch(&trainer)
    try lines.afterEpoch(&trainer)
    try curves.afterEpoch(&trainer)
  }

  public mutating func afterTraining(_ trainer: inout some TrainingLoop) throws {
    try lines.afterTraining(&trainer)
    curves.afterTraining(&trainer)
  }
}
