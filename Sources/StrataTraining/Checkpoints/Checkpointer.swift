import Foundation
import StrataData
import StrataTensor

/// Saves ``TrainingCheckpoint``s in a directory while training goes on, from which a run that was killed goes on to the
/// same bits.
///
/// ```swift
/// var trainer = Trainer(
///   model, loss: loss, optimizer: optimizer, callbacks: [Checkpointer("checkpoints", everySteps: 500)])
/// try trainer.resume(from: "checkpoints")                              // nothing the first time
/// try trainer.fit(train, epochs: max(0, 30 - trainer.epochsDone))
/// ```
///
/// A file is written beside its place, synced and renamed, so that a kill leaves the earlier ones whole; its checksums
/// find every flipped bit. It is made when all callbacks of the step or the epoch have run.
public struct Checkpointer: Callback {
  /// Where the files are, such as `step-0000000500.safetensors`.
  public let directory: String

  /// After how many epochs a checkpoint is made; nil for never.
  public let epochInterval: Int?

  /// After how many steps a checkpoint is made; nil for never.
  public let stepInterval: Int?

  /// After how many seconds a checkpoint is made, at the end of a step; nil for never.
  public let secondInterval: Double?

  /// How many of the last ones are kept.
  public let keepsLast: Int

  /// What the checkpoint of the best epoch, `best.safetensors`, is chosen by; nil for none.
  public let best: Monitor?

  private let signals: StopSignals?
  private var lastSave = ContinuousClock.now

  /// A rule that saves in a directory, which is made.
  ///
  /// - Parameters:
  ///   - directory: Where the files are.
  ///   - epochInterval: After how many epochs a checkpoint is made; nil for never.
  ///   - stepInterval: After how many steps.
  ///   - secondInterval: After how many seconds, at the end of a step.
  ///   - keepsLast: How many of the last ones are kept.
  ///   - best: What the best epoch is chosen by, whose checkpoint is kept apart.
  ///   - stopsOnSignals: Whether SIGINT and SIGTERM end training after the step, with a checkpoint and an
  ///     ``InterruptionError``; a second one ends the program at once.
  public init(
    _ directory: String, everyEpochs epochInterval: Int? = 1, everySteps stepInterval: Int? = nil,
    everySeconds secondInterval: Double? = nil, keepingLast keepsLast: Int = 3, best: Monitor? = nil,
    stopsOnSignals: Bool = false
  ) {
    require(
      epochInterval ?? 1 >= 1 && stepInterval ?? 1 >= 1 && secondInterval ?? 1 > 0 && keepsLast >= 1,
      "Checkpointer: intervals of \(epochInterval ?? 1) epochs, \(stepInterval ?? 1) steps and \(secondInterval ?? 1) "
        + "seconds, and \(keepsLast) files to keep, must be positive")
    self.directory = directory
    (self.epochInterval, self.stepInterval, self.secondInterval) = (epochInterval, stepInterval, secondInterval)
    (self.keepsLast, self.best) = (keepsLast, best)
    signals = stopsOnSignals ? .shared : nil
  }

  public mutating func beforeTraining(_ trainer: inout some TrainingLoop) throws {
    try LogFile.makeDirectory(of: path("x"))
    lastSave = .now
    signals?.watch()
  }

  public mutating func atRest(_ trainer: inout some TrainingLoop) throws {
    let isEpochEnd = trainer.epoch?.number == trainer.epochsDone
    if let signal = signals?.received {
      try save(trainer.checkpoint)
      throw InterruptionError(signal: signal, directory: directory)
    }
    // A step that ends training is followed by the end of its epoch, which is saved.
    if trainer.isFinished && !isEpochEnd { return }
    let isDue =
      isEpochEnd && epochInterval.map { trainer.epochsDone % $0 == 0 } ?? false
      || !isEpochEnd && stepInterval.map { trainer.stepsDone % $0 == 0 } ?? false
      || secondInterval.map { ContinuousClock.now - lastSave >= .seconds($0) } ?? false
      || isEpochEnd && trainer.isFinished
    let isBest = try isEpochEnd && best.map { try isLastBest(of: trainer.history, by: $0) } ?? false
    guard isDue || isBest else { return }
    let checkpoint = try trainer.checkpoint
    if isBest { try checkpoint.write(to: path("best.safetensors")) }
    if isDue { try save(checkpoint) }
  }

  public mutating func afterTraining(_ trainer: inout some TrainingLoop) { signals?.unwatch() }

  private mutating func save(_ checkpoint: TrainingCheckpoint) throws {
    // The end of an epoch takes the place of its last step.
    let steps = String(checkpoint.stepsDone)
    let name = "step-" + String(repeating: "0", count: max(0, 10 - steps.count)) + steps + ".safetensors"
    try checkpoint.write(to: path(name))
    lastSave = .now
    for old in Self.files(in: directory).dropLast(keepsLast) { try FileManager.default.removeItem(atPath: old) }
  }

  private func isLastBest(of history: [EpochRecord], by monitor: Monitor) throws -> Bool {
    var best: Double?
    for record in history.dropLast() {
      let figure = try monitor.value(in: record)
      if monitor.isGain(figure, over: best) { best = figure }
    }
    return monitor.isGain(try monitor.value(in: history.last!), over: best)
  }

  private func path(_ name: String) -> String { (directory as NSString).appendingPathComponent(name) }

  /// The checkpoints of a directory, the oldest first.
  static func files(in directory: String) -> [String] {
    let names = (try? FileManager.default.contentsOfDirectory(atPath: directory)) ?? []
    return names.filter { $0.hasPrefix("step-") && $0.hasSuffix(".safetensors") }
      .sorted { ($0.count, $0) < ($1.count, $1) }.map { (directory as NSString).appendingPathComponent($0) }
  }
}
