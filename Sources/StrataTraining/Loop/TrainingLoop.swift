import StrataData
import StrataLayers
import StrataTensor

/// A ``Trainer`` as its callbacks see it.
public protocol TrainingLoop {
  /// What is trained.
  associatedtype Model: Module

  /// What is trained.
  var model: Model { get }

  /// What is made small.
  associatedtype Goal: Objective where Goal.Output == Model.Output

  /// What is made small.
  var loss: Goal { get }

  /// What moves the parameters.
  associatedtype Rule: Optimizer

  /// What moves the parameters, as the last step left it.
  var optimizer: Rule { get }

  /// The step size.
  var learningRate: Double { get set }

  /// How many steps the optimizer has made.
  var stepsDone: Int { get }

  /// How many epochs are behind the trainer.
  var epochsDone: Int { get }

  /// The epoch at work, or the last one; nil before the first.
  var epoch: RunningEpoch? { get }

  /// The examples of the step at work: in ``Callback/beforeStep(_:)`` and ``Callback/afterStep(_:)``, nil elsewhere.
  var batch: Examples<Model.Input, Goal.Target>.Batch? { get }

  /// Loss and accuracy of the last step on its batch, before its update; nil before the first.
  var lastStep: Evaluation? { get }

  /// ‖dL/dw‖ over all parameters in the last step, before any clipping: in ``Callback/afterStep(_:)``, nil elsewhere.
  ///
  /// It is computed when it is asked for, except where a step clips by norm and has it.
  var gradientNorm: Double? { get }

  /// The gradients of the last step, after any clipping: in ``Callback/afterStep(_:)``, nil elsewhere.
  var gradients: Gradients? { get }

  /// Whether training ends: with the step or epoch in which it is set.
  ///
  /// An epoch that ends early is judged and recorded by the batches that it had.
  var isFinished: Bool { get set }

  /// What happened in each epoch of the trainer.
  var history: [EpochRecord] { get }

  /// The model's state that the last epoch is judged by. A callback that puts other weights into the model for the
  /// validation, such as an ``EMA``, sets it; else it is the model's own.
  var judgedState: [String: Tensor] { get set }

  /// The figures that callbacks have measured in the last of ``history``: what ``Callback/afterEpoch(_:)`` adds stands in
  /// the record and in the line that is shown of it.
  var metrics: [String: Double] { get set }

  /// Lines that the progress display is to show next.
  var notes: [String] { get set }

  /// All that the run needs to go on from here to the same bits; see ``Callback/atRest(_:)``.
  var checkpoint: TrainingCheckpoint { get throws }

  /// Why training ends before its time, in ``Callback/afterTraining(_:)``.
  var failure: (any Error)? { get }
}
