import StrataData
import StrataLayers
import StrataTensor

/// Runs training loops over a model: epochs of shuffled batches, validation, early stopping, progress.
///
/// ```swift
/// let model = Sequential { Linear(784, 256); ReLU(); Linear(256, 10) }
/// var trainer = Trainer(model, loss: SoftmaxCrossEntropy(), optimizer: Adam(for: model))
/// try trainer.fit(train, validation: validation, epochs: 30, batchSize: 64, patience: 5)
/// print(try trainer.evaluate(test))
/// ```
///
/// Where labels are `int32` class indices of the model's outputs, it counts how many are predicted rightly;
/// other labels are the targets of a regression. Nothing it does is out of reach: a loop of your own calls
/// ``step(on:)``, or `gradients(at:of:)` and `update(along:)` themselves.
public struct Trainer<Model: Layer, Objective: Loss, Rule: Optimizer>: Sendable {
  /// What is trained.
  public let model: Model

  /// What is made small: a mean over the examples of a batch.
  public let loss: Objective

  /// What moves the parameters. Its learning rate may change between steps.
  public var optimizer: Rule

  /// Gradients are scaled down to this global norm before each step; nil for no limit.
  public var maximumGlobalNorm: Double?

  /// Sets the learning rate before each step; nil to leave it to the optimizer.
  public var schedule: Schedule?

  /// Lowers the learning rate after epochs whose validation loss, else training loss, falls no longer.
  public var plateau: ReduceOnPlateau?

  /// A step takes its batch in parts of so many rows, which need less memory; nil for all rows at once.
  public var microBatchSize: Int?

  /// What the order of examples in every epoch follows from.
  public var seed: UInt64

  /// Where it shows how training goes.
  public var progress: ProgressDisplay

  /// How many epochs are behind it. The next ``fit(_:validation:epochs:batchSize:patience:onEpochEnd:)`` goes
  /// on from here; set it to resume a run.
  public var epochsDone = 0

  /// Set in `onEpochEnd` to end training after that epoch.
  public var isFinished = false

  /// A trainer of this model by an optimizer that was made for it.
  ///
  /// A loss that takes logits after a layer that gives probabilities is warned of on standard error.
  public init(
    _ model: Model, loss: Objective, optimizer: Rule, maximumGlobalNorm: Double? = nil,
    schedule: Schedule? = nil, plateau: ReduceOnPlateau? = nil, microBatchSize: Int? = nil,
    seed: UInt64 = Runtime.seed, progress: ProgressDisplay = .standardError
  ) {
    self.model = model
    self.loss = loss
    self.optimizer = optimizer
    self.maximumGlobalNorm = maximumGlobalNorm
    require(
      schedule == nil || plateau == nil,
      "Trainer: a schedule sets the learning rate before each step, so a plateau cannot lower it; give one")
    self.schedule = schedule
    self.plateau = plateau
    self.microBatchSize = microBatchSize
    self.seed = seed
    self.progress = progress
    if loss is any LogitLoss, let last = model.probabilityOutput {
      ProgressDisplay.standardError.write(
        "warning: the model ends in \(type(of: last)), which gives probabilities, but \(Objective.self) "
          + "takes logits and does the same itself; remove that layer\n")
    }
  }

  /// One step along the gradient of one batch.
  ///
  /// - Returns: Loss and accuracy on the batch before the step.
  /// - Throws: ``NonFiniteGradient``; no parameter has changed then.
  @discardableResult
  public mutating func step(on batch: Dataset.Batch) throws -> Evaluation {
    if let schedule { optimizer.learningRate = schedule.rate(at: optimizer.stepsDone) }
    var predictions: (right: Int, all: Int)?
    var (value, gradients) = model.gradients(
      at: batch.inputs, batch.labels, of: loss, microBatchSize: microBatchSize ?? max(1, batch.count)
    ) { output, labels in
      guard let (right, all) = rightPredictions(copy output, labels) else { return }
      predictions = ((predictions?.right ?? 0) + right, (predictions?.all ?? 0) + all)
    }
    optimizer.dropFrozen(from: &gradients)
    if let maximumGlobalNorm { try gradients.clip(globalNorm: maximumGlobalNorm) }
    try optimizer.update(along: gradients)
    return Evaluation(loss: value, examples: batch.count, predictions: predictions)
  }

  /// Trains for some epochs.
  ///
  /// - Parameters:
  ///   - train: The examples to learn from, shuffled anew in each epoch; a smaller last batch is kept.
  ///   - validation: Examples to evaluate the model on after each epoch.
  ///   - epochs: How many epochs to train, from where the last call ended.
  ///   - batchSize: The examples of a step.
  ///   - patience: How many epochs in a row may bring no lower validation loss before training stops. At the
  ///     end the parameters and statistics of the best epoch are restored; the optimizer's memory is not.
  ///   - onEpochEnd: Called after each epoch with the trainer, whose optimizer it may change, and the record.
  /// - Returns: A record of each epoch.
  /// - Throws: `ShapeError` if the examples do not fit the model, before any step; ``NonFiniteGradient``,
  ///   which leaves the parameters as the last good step did; whatever `onEpochEnd` throws.
  @discardableResult
  public mutating func fit(
    _ train: Dataset, validation: Dataset? = nil, epochs: Int, batchSize: Int = 64, patience: Int? = nil,
    onEpochEnd: (inout Trainer, EpochRecord) throws -> Void = { _, _ in }
  ) throws -> [EpochRecord] {
    require(epochs >= 0, "fit: \(epochs) epochs cannot be trained")
    require(train.count > 0, "fit: there are no examples to learn from")
    require(patience == nil || validation != nil, "fit: patience needs validation examples to judge by")
    try model.validate(input: train.inputs.shape.withLeading(min(batchSize, train.count)))
    var stopping = patience.map(EarlyStopping.init)
    var meter = ProgressMeter(progress, epochs: epochsDone + 1...max(1, epochs) + epochsDone)
    defer { meter.finish() }
    var history: [EpochRecord] = []
    isFinished = false
    while history.count < epochs && !isFinished {
      let record = try runEpoch(train, validation, batchSize, &meter)
      history.append(record)
      try onEpochEnd(&self, record)
      if let loss = record.validation?.loss,
        stopping?.goesOn(after: record.epoch, loss: loss, of: model) == false
      {
        isFinished = true
      }
    }
    if let best = stopping?.best, best.epoch != epochsDone {
      try model.load(best.state)
      meter.note = "the lowest validation loss was epoch \(best.epoch)'s, whose state is restored"
    }
    return history
  }

  private mutating func runEpoch(
    _ train: Dataset, _ validation: Dataset?, _ batchSize: Int, _ meter: inout ProgressMeter
  ) throws -> EpochRecord {
    let start = ContinuousClock.now
    var training = Evaluation()
    let batches = train.batches(of: batchSize, epoch: epochsDone, seed: seed)
    meter.beginEpoch(batches: batches.count)
    for batch in batches {
      training += try step(on: batch)
      meter.endStep(training)
    }
    let seconds = (ContinuousClock.now - start) / .seconds(1)
    epochsDone += 1
    let record = EpochRecord(
      epoch: epochsDone, training: training, validation: try validation.map { try evaluate($0) },
      learningRate: optimizer.learningRate, seconds: seconds)
    let judged = record.validation?.loss ?? training.loss
    if let rate = plateau?.rate(after: judged, from: optimizer.learningRate) { optimizer.learningRate = rate }
    meter.endEpoch(record)
    return record
  }

  /// The model's loss and accuracy on a data set, in inference.
  ///
  /// - Throws: `ShapeError` if the examples do not fit the model.
  public func evaluate(_ dataset: Dataset, batchSize: Int = 256) throws -> Evaluation {
    require(dataset.count > 0, "evaluate: there are no examples")
    try model.validate(input: dataset.inputs.shape.withLeading(min(batchSize, dataset.count)))
    var total = Evaluation()
    for batch in dataset.batches(of: batchSize) {
      let output = model(batch.inputs)
      total += Evaluation(
        loss: loss(output, batch.labels), examples: batch.count,
        predictions: rightPredictions(output, batch.labels))
    }
    return total
  }

  /// The model's outputs for inputs `[N, …]`, in inference, so many rows at a time.
  ///
  /// - Throws: `ShapeError` if the inputs do not fit the model.
  public func predict(_ inputs: Tensor, batchSize: Int = 256) throws -> Tensor {
    require(batchSize >= 1, "predict: a batch of \(batchSize) rows is not possible")
    try model.validate(input: inputs.shape)
    let rows = inputs.shape[0]
    if rows <= batchSize { return model(inputs) }
    return Tensor(
      concatenating: stride(from: 0, to: rows, by: batchSize).map { start in
        model(inputs[start..<min(rows, start + batchSize)])
      })
  }
}
