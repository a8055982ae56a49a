import StrataData
import StrataLayers
import StrataTensor

/// A training loop over a model: epochs of batches, validation, callbacks, progress.
///
/// ```swift
/// let model = Sequential { Linear(784, 256); ReLU(); Linear(256, 10) }
/// var trainer = Trainer(model, loss: SoftmaxCrossEntropy(), optimizer: Adam(for: model))
/// try trainer.fit(train, validation: validation, epochs: 30, batchSize: 64, patience: 5)
/// print(try trainer.evaluate(test))
/// ```
///
/// The model may be a layer or a module of several tensors; the data are `Dataset`s, `Examples` of such groups, or a
/// `BatchSource` written for them. Where labels are `int32` class indices of the model's outputs, it counts how many are
/// predicted correctly; other labels are the targets of a regression. Whatever is not the step itself is a ``Callback``.
/// A loop of your own calls ``step(on:)``, or `gradients(at:of:)` and `update(along:)` themselves.
public struct Trainer<Model: Module, Goal: Objective, Rule: Optimizer>: Sendable where Goal.Output == Model.Output {
  /// What is trained.
  public let model: Model

  /// What is made small: a mean over the examples of a batch.
  public let loss: Goal

  /// What moves the parameters. Its learning rate may change between steps.
  public var optimizer: Rule

  /// Gradients are scaled down to this global norm before each step; nil for no limit.
  public var maximumGlobalNorm: Double? { didSet { requireOptions() } }

  /// A step takes its batch in parts of this many rows, which need less memory; nil for all rows at once.
  public var microBatchSize: Int? { didSet { requireOptions() } }

  /// What the order of examples in every epoch follows from.
  public var seed: UInt64

  /// Where it shows how training goes.
  public var progress: ProgressDisplay

  /// What is called around steps and epochs, in this order, ``schedule`` and ``plateau`` among them.
  public var callbacks: [any Callback]

  /// What is measured on the validation examples in each epoch, beside the loss.
  public var validationMetrics: [any Metric<Model.Output, Goal.Target>]

  /// How many epochs are behind it. The next call of `fit` goes on from here; set it to resume a run.
  public var epochsDone = 0 { didSet { requireOptions() } }

  /// Set by a callback or in `onEpochEnd` to end training.
  public var isFinished = false

  /// The epoch at work in `fit`.
  public internal(set) var epoch: RunningEpoch?

  /// The examples of the step at work, while its callbacks run.
  public private(set) var batch: Examples<Model.Input, Goal.Target>.Batch?

  /// Loss and accuracy of the last step on its batch, before its update.
  public private(set) var lastStep: Evaluation?

  /// What happened in each epoch so far.
  public internal(set) var history: [EpochRecord] = []

  /// Why the last call of `fit` ended before its time.
  public internal(set) var failure: (any Error)?

  /// Lines that the progress display is to show next.
  public var notes: [String] = []

  /// What the last epoch was judged by, where that is not the model as it trains.
  var validatedState: [String: Tensor]?

  /// The callbacks of the running `fit` itself, its patience and its progress, and the patience of the last one.
  var ownCallbacks: [any Callback] = []
  var stopping: EarlyStopping?

  /// Where the run that this one goes on from was left.
  var resumption: Resumption?

  /// The gradients of the last step, while its callbacks run.
  public private(set) var gradients: Gradients?
  private(set) var normBeforeClipping: Double?

  /// A trainer of this model by an optimizer that was made for it.
  ///
  /// A loss that takes logits after a layer that gives probabilities is warned of on standard error.
  ///
  /// - Parameters:
  ///   - model: What is trained.
  ///   - loss: What is made small.
  ///   - optimizer: What moves the parameters.
  ///   - maximumGlobalNorm: The limit that gradients are clipped to; nil for none.
  ///   - schedule: Sets the learning rate before each step; nil to leave it to the optimizer.
  ///   - plateau: Lowers the learning rate where the validation loss, else the training loss, falls no longer.
  ///   - microBatchSize: The rows of a part of a batch; nil for all rows at once.
  ///   - seed: What the order of examples follows from.
  ///   - progress: Where it shows how training goes.
  ///   - validationMetrics: What is measured on the validation examples in each epoch, beside the loss.
  ///   - callbacks: What else is called around steps and epochs.
  public init(
    _ model: Model, loss: Goal, optimizer: Rule, maximumGlobalNorm: Double? = nil, schedule: Schedule? = nil,
    plateau: ReduceOnPlateau? = nil, microBatchSize: Int? = nil, seed: UInt64 = Runtime.seed,
    progress: ProgressDisplay = .standardError, validationMetrics: [any Metric<Model.Output, Goal.Target>] = [],
    callbacks: [any Callback] = []
  ) {
    require(
      schedule == nil || plateau == nil,
      "Trainer: a schedule sets the learning rate before each step, so a plateau cannot lower it; give one")
    require(
      model.parameters.isEmpty || model.parameters.contains { optimizer.slots.position(of: $0.parameter) != nil },
      "Trainer: the optimizer was made for another model; make it for this one: \(Rule.self)(for: model)")
    (self.model, self.loss, self.optimizer, self.maximumGlobalNorm) = (model, loss, optimizer, maximumGlobalNorm)
    (self.microBatchSize, self.seed, self.progress) = (microBatchSize, seed, progress)
    self.validationMetrics = validationMetrics
    let rates: [(any Callback)?] = [schedule, plateau]
    self.callbacks = rates.compactMap(\.self) + callbacks
    requireOptions()
    if loss is any LogitLoss, let last = model.probabilityOutput {
      ProgressDisplay.standardError.write(
        "warning: the model ends in \(type(of: last)), which gives probabilities, but \(Goal.self) "
          + "takes logits and does the same itself; remove that layer\n")
    }
  }

  private func requireOptions() {
    require(
      maximumGlobalNorm ?? 1 > 0 && microBatchSize ?? 1 >= 1 && epochsDone >= 0,
      "Trainer: maximumGlobalNorm \(maximumGlobalNorm ?? 1) must be positive, microBatchSize \(microBatchSize ?? 1) at "
        + "least 1 and epochsDone \(epochsDone) not negative")
  }

  /// Trains for some epochs.
  ///
  /// - Parameters:
  ///   - train: The examples to learn from; those in memory are shuffled in each epoch.
  ///   - validation: Examples to evaluate the model on after each epoch.
  ///   - epochs: How many epochs to train, from where the last call ended.
  ///   - batchSize: The examples of a step.
  ///   - keepingRemainder: Whether an epoch ends with a smaller batch of what is left; else that is left out.
  ///   - patience: How many epochs in a row may bring no lower validation loss before training stops, counted on from the
  ///     last call. At the end the parameters and statistics of the best epoch are restored; see ``EarlyStopping``.
  ///   - onEpochEnd: Called after each epoch with the trainer, whose optimizer it may change, and the record.
  /// - Returns: A record of each epoch.
  /// - Throws: `ShapeError` or `TargetError` if the examples do not fit the model or the loss, before any step where
  ///   that is known then; ``TrainingDataError`` if there are none, or rows that are not finite;
  ///   ``NonFiniteGradientError``, which leaves the parameters as the last good step did; ``CallbackError``; whatever the
  ///   data and `onEpochEnd` throw.
  @discardableResult
  public mutating func fit(
    _ train: some BatchSource<Model.Input, Goal.Target>,
    validation: (any BatchSource<Model.Input, Goal.Target>)? = nil, epochs: Int, batchSize: Int = 64,
    keepingRemainder: Bool = true, patience: Int? = nil,
    onEpochEnd: (inout Trainer, EpochRecord) throws -> Void = { _, _ in }
  ) throws -> [EpochRecord] {
    require(epochs >= 0, "fit: \(epochs) epochs cannot be trained")
    require(
      patience == nil || validation != nil, "fit: patience needs validation examples to judge by; give validation:")
    if let validation {
      var batches = try validation.batches(for: BatchRequest(batchSize: 256, seed: seed))
      var check = BatchCheck(model, loss)
      try check.admit(&batches, for: "validation")
      // A metric that does not fit stops the program here and not after an epoch.
      if let first = try batches.peek(), !validationMetrics.isEmpty {
        var metrics = validationMetrics
        metrics.add(model(first.inputs.rows(0..<1)), first.labels.rows(0..<1))
      }
    }
    let (last, recorded) = (epochsDone + min(epochs, .max - epochsDone), history.count)
    var check = BatchCheck(model, loss)
    (check.isForTraining, check.partSize) = (true, microBatchSize ?? .max)
    beginFit(patience)
    do {
      try notify { try $0.beforeTraining(&$1) }
      while epochsDone < last && !isFinished {
        var batches = try train.batches(
          for: BatchRequest(batchSize: batchSize, epoch: epochsDone, seed: seed, keepsRemainder: keepingRemainder))
        try check.admit(&batches, for: "training")
        epoch = RunningEpoch(number: epochsDone + 1, last: last, batchCount: batches.count)
        if let resumption = resumption.take() {
          try batches.skip(resumption.batchesDone)
          epoch!.resume(after: resumption.batchesDone, resumption.training)
        }
        try notify { try $0.beforeEpoch(&$1) }
        if isFinished { break }
        let start = ContinuousClock.now
        while !isFinished, let batch = try batches.next() {
          try check.admit(batch)
          try step(on: batch)
          try notify { try $0.atRest(&$1) }
        }
        let seconds = (ContinuousClock.now - start) / .seconds(1)
        try notify { try $0.afterSteps(&$1) }
        let evaluation = try validation.map { try validate(on: $0) }
        epochsDone += 1
        history.append(
          EpochRecord(
            epoch: epochsDone, training: epoch!.training, validation: evaluation, learningRate: optimizer.learningRate,
            seconds: seconds))
        try notify { try $0.afterEpoch(&$1) }
        validatedState = nil
        let isStopped = isFinished
        try onEpochEnd(&self, history.last!)
        isFinished = isFinished || isStopped
        try notify { try $0.atRest(&$1) }
      }
    } catch {
      failure = error
    }
    try endFit()
    return Array(history.dropFirst(recorded))
  }

  /// Evaluates the model at the end of an epoch, with what callbacks put into it.
  private mutating func validate(on examples: any BatchSource<Model.Input, Goal.Target>) throws -> Evaluation {
    try notify { try $0.beforeValidation(&$1) }
    let evaluation = Result { try evaluate(examples, metrics: validationMetrics) }
    // Also after an error: the model then holds what was trained.
    try notify { try $0.afterValidation(&$1) }
    return try evaluation.get()
  }

  /// Makes one step along the gradient of one batch: what the optimizer makes of it, which may ask for more than one
  /// gradient.
  ///
  /// - Returns: Loss and accuracy on the batch before the step.
  /// - Throws: ``NonFiniteGradientError``, or ``TrainingDataError`` where the batch itself is not finite; no parameter has
  ///   changed then. ``CallbackError``.
  @discardableResult
  public mutating func step(on batch: Examples<Model.Input, Goal.Target>.Batch) throws -> Evaluation {
    self.batch = batch
    defer { self.batch = nil }
    try notify { try $0.beforeStep(&$1) }
    // Not by way of self, of which the optimizer is a part that changes.
    let (model, loss, limit, frozen) = (model, loss, maximumGlobalNorm, optimizer.slots.frozen)
    let rows = microBatchSize ?? max(1, batch.count)
    var (predictions, norm, isFirst): ((right: Int, all: Int)?, Double?, Bool) = (nil, nil, true)
    let (value, gradients): (Double, Gradients)
    do {
      (value, gradients) = try optimizer.step {
        var (value, gradients) = model.gradients(at: batch.inputs, batch.labels, of: loss, microBatchSize: rows) {
          output, labels in
          guard isFirst, let (right, all) = rightPredictions(copy output, labels, loss.ignoredIndex) else { return }
          predictions = ((predictions?.right ?? 0) + right, (predictions?.all ?? 0) + all)
        }
        if !frozen.isEmpty { gradients.remove { frozen.contains(ObjectIdentifier($0)) } }
        let clipped = try limit.map { try gradients.clip(globalNorm: $0) }
        if isFirst { norm = clipped }
        isFirst = false
        return (value, gradients)
      }
    } catch let error as NonFiniteGradientError {
      throw batch.nonFiniteError ?? error
    }
    normBeforeClipping = norm
    let evaluation = Evaluation(of: batch, loss: value, by: loss, predictions)
    lastStep = evaluation
    epoch?.add(evaluation)
    self.gradients = gradients
    defer { self.gradients = nil }
    try notify { try $0.afterStep(&$1) }
    return evaluation
  }

  /// Returns the model's loss, accuracy and other metrics on some examples, in inference.
  ///
  /// - Throws: `ShapeError` or `TargetError` if the examples do not fit, ``TrainingDataError`` if there are none.
  public func evaluate(
    _ examples: some BatchSource<Model.Input, Goal.Target>, batchSize: Int = 256,
    metrics: [any Metric<Model.Output, Goal.Target>] = []
  ) throws -> Evaluation {
    var metrics = metrics
    var batches = try examples.batches(for: BatchRequest(batchSize: batchSize, seed: seed))
    var (total, check) = (Evaluation(), BatchCheck(model, loss))
    try check.admit(&batches, for: "evaluation")
    while let batch = try batches.next() {
      try check.admit(batch)
      let output = model(batch.inputs)
      metrics.add(output, batch.labels)
      total += Evaluation(
        of: batch, loss: loss(output, batch.labels), by: loss,
        rightPredictions(output, batch.labels, loss.ignoredIndex))
    }
    total.metrics = metrics.values()
    return total
  }

  /// Returns the model's outputs for inputs `[N, …]`, in inference, n rows at a time: `model.predict`.
  ///
  /// - Throws: `ShapeError` if the inputs do not fit the model.
  public func predict(_ inputs: Model.Input, batchSize: Int = 256) throws -> Model.Output {
    try model.predict(inputs, batchSize: batchSize)
  }
}
