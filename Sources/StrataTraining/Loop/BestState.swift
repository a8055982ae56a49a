import StrataLayers
import StrataTensor

/// Keeps the model's state of the epoch with the lowest loss, and restores it at the end.
///
/// The loss is that of the validation examples, else that of training; NaN is never the lowest. Parameters and
/// statistics are restored, also where training ends with an error; the optimizer's memory is not.
public struct BestState: Callback {
  /// Which epoch had the lowest loss so far; nil before the first.
  public private(set) var epoch: Int?

  /// The lowest loss.
  public private(set) var loss = Double.infinity

  /// The model's state then. It shares memory with the parameters until the next update, which writes to fresh memory
  /// once.
  public private(set) var state: [String: Tensor] = [:]

  /// Nothing kept yet.
  public init() {}

  public mutating func afterEpoch(_ trainer: inout some TrainingLoop) {
    let record = trainer.history.last!
    if record.judgedLoss < loss { (epoch, loss, state) = (record.epoch, record.judgedLoss, trainer.model.state) }
  }

  public func afterTraining(_ trainer: inout some TrainingLoop) throws {
    guard let epoch, epoch != trainer.epochsDone || trainer.failure != nil else { return }
    try trainer.model.load(state)
    trainer.notes.append(
      "the lowest \(trainer.history.last?.judge ?? "") loss was epoch \(epoch)'s, whose state is restored")
  }
}
