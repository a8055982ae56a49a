import StrataData
import StrataLayers
import StrataTensor

/// An exponential moving average of the weights, which is what is judged and what training leaves in the model.
///
/// After each step a ← d a + (1 − d) w with the decay d; the first step gives a = w. So a is a mean over about 1 / (1 − d)
/// steps.
///
/// ```swift
/// var trainer = Trainer(
///   model, loss: loss, optimizer: optimizer,
///   callbacks: [EMA(decay: 0.999, statisticsFrom: train), EarlyStopping(patience: 5), Checkpointer("run")])
/// ```
///
/// The weights go on by themselves. For the validation of each epoch, and at the end of training unless it failed, the
/// average is put into the model; a later call of `fit` goes on from the weights as they were. Among the callbacks it comes
/// before a ``BestState`` or ``EarlyStopping``, which then keep averages. A trainer has one average: of two, neither would
/// find the weights again. Running statistics of `BatchNorm` are those of the weights, unless `statisticsFrom` has batches
/// to recompute them on, by `recomputeStatistics(over:batchSize:)`, each time the average is put in.
///
/// A ``Checkpointer`` saves it, and a resumed run has the same bits. PyTorch's `AveragedModel` with
/// `get_ema_multi_avg_fn(decay)`. Polyak and Juditsky, "Acceleration of Stochastic Approximation by Averaging", 1992.
public struct EMA: Callback {
  /// d, what is kept of the average in each step.
  public let decay: Double

  /// After how many steps the weights are added.
  public let interval: Int

  private var average: WeightAverage

  /// An average that forgets with this decay.
  ///
  /// - Parameters:
  ///   - decay: What is kept of the average, from 0 to 1.
  ///   - interval: After how many steps the weights are added.
  public init(decay: Double = 0.999, everySteps interval: Int = 1) { self.init(decay, interval, nil) }

  /// The same, with statistics for the averaged weights.
  ///
  /// - Parameters:
  ///   - decay: What is kept of the average, from 0 to 1.
  ///   - interval: After how many steps the weights are added.
  ///   - source: What running statistics are recomputed on.
  ///   - batchSize: The examples of a batch of these.
  public init(
    decay: Double = 0.999, everySteps interval: Int = 1, statisticsFrom source: some BatchSource & Sendable,
    batchSize: Int = 256
  ) { self.init(decay, interval, StatisticsSource(source, batchSize: batchSize)) }

  private init(_ decay: Double, _ interval: Int, _ source: StatisticsSource?) {
    requireOption("EMA: the decay", decay, .fraction)
    require(interval >= 1, "EMA: an average every \(interval) steps is not possible; give 1 or more")
    (self.decay, self.interval, average) = (decay, interval, WeightAverage(source))
  }

  /// The average of each parameter by its path; empty before the first.
  public var weights: [String: Tensor] { average.values }

  public mutating func beforeTraining(_ trainer: inout some TrainingLoop) throws {
    try average.begin(trainer.model, for: "EMA")
  }

  public mutating func afterStep(_ trainer: inout some TrainingLoop) throws {
    if trainer.stepsDone % interval == 0 { try average.add(trainer.model, for: "EMA") { _ in 1 - decay } }
  }

  public mutating func beforeValidation(_ trainer: inout some TrainingLoop) throws {
    try average.putIn(trainer.model)
    if average.isInPlace { trainer.judgedState = trainer.model.state }
  }

  public mutating func afterValidation(_ trainer: inout some TrainingLoop) { average.takeOut() }

  public mutating func afterTraining(_ trainer: inout some TrainingLoop) throws {
    if trainer.failure == nil { try average.putIn(trainer.model) }
  }

  public var state: [String: Tensor] { average.state }

  public mutating func load(_ state: [String: Tensor]) throws { try average.load(state) }
}
