import StrataTensor

/// Ends training where the loss falls no longer, and restores the ``BestState``.
///
/// ```swift
/// var trainer = Trainer(model, loss: loss, optimizer: optimizer, callbacks: [EarlyStopping(patience: 5)])
/// ```
///
/// It goes on counting in a later call of `fit`.
public struct EarlyStopping: Callback {
  /// How many epochs in a row may bring no lower loss.
  public var patience: Int {
    didSet { Self.check(patience) }
  }

  /// How many epochs have brought none since the best.
  public private(set) var epochsWithoutGain = 0

  /// The best epoch, and the model's state then.
  public private(set) var best = BestState()

  /// A rule that waits for this many epochs.
  public init(patience: Int) {
    Self.check(patience)
    self.patience = patience
  }

  public mutating func afterEpoch(_ trainer: inout some TrainingLoop) {
    best.afterEpoch(&trainer)
    let record = trainer.history.last!
    epochsWithoutGain = best.epoch == record.epoch ? 0 : epochsWithoutGain + 1
    if epochsWithoutGain >= patience { trainer.isFinished = true }
    if record.judgedLoss.isNaN {
      trainer.notes.append("the \(record.judge) loss of epoch \(record.epoch) is NaN, which is no gain")
    }
  }

  public func afterTraining(_ trainer: inout some TrainingLoop) throws { try best.afterTraining(&trainer) }

  private static func check(_ patience: Int) {
    require(
      patience >= 1, "EarlyStopping: a patience of \(patience) epochs would stop before the first; give 1 or more")
  }
}
