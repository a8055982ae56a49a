import StrataTensor

/// Something that a ``Trainer`` calls around its steps and epochs: a log, a rule for the learning rate, a reason to stop.
///
/// ```swift
/// struct StopAtLoss: Callback {
///   let limit: Double
///   func afterStep(_ trainer: inout some TrainingLoop) {
///     if trainer.lastStep!.loss < limit { trainer.isFinished = true }
///   }
/// }
///
/// var trainer = Trainer(model, loss: loss, optimizer: optimizer, callbacks: [StopAtLoss(limit: 0.01)])
/// ```
///
/// A callback is a value with state that its functions change; the trainer holds it, and `trainer[StopAtLoss.self]` reads
/// it. Each function does nothing unless it is written. What one throws ends the training as a ``CallbackError``, after
/// every callback's ``afterTraining(_:)``; an ``InterruptionError`` stays itself.
///
/// ``Schedule``, ``ReduceOnPlateau``, ``EarlyStopping``, ``BestState``, ``EMA``, ``SWA``, ``Checkpointer``, ``RunLog``
/// and ``ProgressMeter`` are callbacks.
public protocol Callback: Sendable {
  /// Runs before the first epoch of a call of `fit`.
  mutating func beforeTraining(_ trainer: inout some TrainingLoop) throws

  /// Runs before the first step of an epoch, of which ``TrainingLoop/epoch`` says what is known.
  mutating func beforeEpoch(_ trainer: inout some TrainingLoop) throws

  /// Runs before a step; what it sets as the learning rate holds for this step.
  mutating func beforeStep(_ trainer: inout some TrainingLoop) throws

  /// Runs after a step, with its ``TrainingLoop/lastStep`` and ``TrainingLoop/gradientNorm``.
  mutating func afterStep(_ trainer: inout some TrainingLoop) throws

  /// Runs after the last step of an epoch, before its validation.
  mutating func afterSteps(_ trainer: inout some TrainingLoop) throws

  /// Runs before the validation of an epoch, where there is one: the weights that it puts into the model are what is
  /// judged.
  mutating func beforeValidation(_ trainer: inout some TrainingLoop) throws

  /// Runs after the validation.
  mutating func afterValidation(_ trainer: inout some TrainingLoop) throws

  /// Runs after an epoch and its validation, with its record as the last of ``TrainingLoop/history``.
  mutating func afterEpoch(_ trainer: inout some TrainingLoop) throws

  /// Runs after everything else of a step, and of an epoch: the trainer then stands as a run that goes on from here must
  /// find it.
  mutating func atRest(_ trainer: inout some TrainingLoop) throws

  /// Runs at the end of a call of `fit`, also of one that ends with an error, which is ``TrainingLoop/failure``.
  mutating func afterTraining(_ trainer: inout some TrainingLoop) throws

  /// What it remembers between steps, for a ``Checkpointer`` to save; by default nothing.
  var state: [String: Tensor] { get }

  /// Goes on from a saved ``state``.
  mutating func load(_ state: [String: Tensor]) throws
}

// What a callback does not write does nothing.
extension Callback {
  /// Does nothing.
  public func beforeTraining(_ trainer: inout some TrainingLoop) {}

  /// Does nothing.
  public func beforeEpoch(_ trainer: inout some TrainingLoop) {}

  /// Does nothing.
  public func beforeStep(_ trainer: inout some TrainingLoop) {}

  /// Does nothing.
  public func afterStep(_ trainer: inout some TrainingLoop) {}

  /// Does nothing.
  public func afterSteps(_ trainer: inout some TrainingLoop) {}

  /// Does nothing.
  public func beforeValidation(_ trainer: inout some TrainingLoop) {}

  /// Does nothing.
  public func afterValidation(_ trainer: inout some TrainingLoop) {}

  /// Does nothing.
  public func afterEpoch(_ trainer: inout some TrainingLoop) {}

  /// Does nothing.
  public func atRest(_ trainer: inout some TrainingLoop) {}

  /// Does nothing.
  public func afterTraining(_ trainer: inout some TrainingLoop) {}

  /// Empty: there is nothing to save.
  public var state: [String: Tensor] { [:] }

  /// Ignores the state.
  public func load(_ state: [String: Tensor]) throws {}
}
