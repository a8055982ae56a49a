import StrataData
import StrataLayers
import StrataTensor

/// Stochastic weight averaging: the mean of the weights at the ends of the last epochs, which is what is judged and what
/// training leaves in the model.
///
/// After epoch e from the first one on, a ← a + (w − a) / (n + 1) with n the epochs averaged so far. Give those epochs a
/// rate that stays high enough to move:
///
/// ```swift
/// var trainer = Trainer(
///   model, loss: loss, optimizer: optimizer,
///   schedule: .cosine(from: 0.1, to: 0.02, steps: 20 * n).then(.constant(0.02), after: 20 * n),
///   callbacks: [SWA(fromEpoch: 21, statisticsFrom: train)])
/// try trainer.fit(train, validation: validation, epochs: 30)
/// ```
///
/// The weights go on by themselves; when the average is put into the model, what becomes of running statistics, and where
/// it stands among the callbacks is as for ``EMA``. A ``Checkpointer`` saves it. PyTorch's `AveragedModel` with
/// `update_bn`. Izmailov and others, "Averaging Weights Leads to Wider Optima and Better Generalization", 2018.
public struct SWA: Callback {
  /// The first epoch whose weights are averaged, from 1.
  public let firstEpoch: Int

  /// After how many epochs the weights are added.
  public let interval: Int

  private var average: WeightAverage

  /// An average of the weights at the ends of epochs.
  ///
  /// - Parameters:
  ///   - firstEpoch: The first epoch whose weights are averaged, from 1.
  ///   - interval: After how many epochs the weights are added.
  public init(fromEpoch firstEpoch: Int, everyEpochs interval: Int = 1) { self.init(firstEpoch, interval, nil) }

  /// The same, with statistics for the averaged weights.
  ///
  /// - Parameters:
  ///   - firstEpoch: The first epoch whose weights are averaged, from 1.
  ///   - interval: After how many epochs the weights are added.
  ///   - source: What running statistics are recomputed on.
  ///   - batchSize: The examples of a batch of these.
  public init(
    fromEpoch firstEpoch: Int, everyEpochs interval: Int = 1, statisticsFrom source: some BatchSource & Sendable,
    batchSize: Int = 256
  ) { self.init(firstEpoch, interval, StatisticsSource(source, batchSize: batchSize)) }

  private init(_ firstEpoch: Int, _ interval: Int, _ source: StatisticsSource?) {
    require(
      firstEpoch >= 1 && interval >= 1,
      "SWA: averages from epoch \(firstEpoch) on, every \(interval) epochs, are not possible; both count from 1")
    (self.firstEpoch, self.interval, average) = (firstEpoch, interval, WeightAverage(source))
  }

  /// The average of each parameter by its path; empty before the first.
  public var weights: [String: Tensor] { average.values }

  public mutating func beforeTraining(_ trainer: inout some TrainingLoop) throws {
    try average.begin(trainer.model, for: "SWA")
  }

  public mutating func afterSteps(_ trainer: inout some TrainingLoop) throws {
    let epochs = (trainer.epoch?.number ?? 0) - firstEpoch
    if epochs >= 0 && epochs % interval == 0 { try average.add(trainer.model, for: "SWA") { 1 / Double($0 + 1) } }
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
