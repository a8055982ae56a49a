import StrataData
import StrataLayers
import StrataTensor
import StrataTraining

/// Finds out why a model does not learn: trains it for some steps, restores it, and reports each cause with evidence
/// and a remedy.
///
/// ```swift
/// print(try diagnose(
///   model, loss: SoftmaxCrossEntropy(), optimizer: Adam(for: model), on: train, validation: validation))
/// ```
///
/// It looks for NaN at the first step and later; gradients that are exactly zero; a training loss that falls while
/// the validation loss does not; repeated batches; a learning rate too small to move the weights; one layer's
/// gradient a thousand times that of the others; a loss that starts far above ln K; a softmax applied twice. If two
/// causes look alike, an experiment decides: a layer run in double precision or near its input, batch statistics
/// computed again, the same steps at a larger rate.
///
/// The model is unchanged afterwards: parameters, statistics and random streams are restored. The optimizer is a
/// value; a copy of it is used.
///
/// - Parameters:
///   - model: The model in the state from which training would start or continue.
///   - loss: The loss to minimize.
///   - optimizer: The optimizer, with the learning rate in question.
///   - train: The training examples, shuffled in each epoch.
///   - validation: The validation examples.
///   - batchSize: The number of examples per step.
///   - steps: The number of training steps. A fault that shows only after many steps needs that many.
///   - maximumGlobalNorm: The limit to which gradients are clipped; nil for none.
///   - seed: The seed of the order of examples.
///   - progress: Where to show progress, on a terminal.
/// - Throws: `ShapeError` if the examples do not fit the model.
public func diagnose<Model: Module, Goal: Objective>(
  _ model: Model, loss: Goal, optimizer: some Optimizer, on train: Examples<Model.Input, Goal.Target>,
  validation: Examples<Model.Input, Goal.Target>? = nil, batchSize: Int = 64, steps: Int = 200,
  maximumGlobalNorm: Double? = nil, seed: UInt64 = Runtime.seed, progress: ProgressDisplay = .standardError
) throws -> Diagnosis where Goal.Output == Model.Output {
  require(train.count > 0, "diagnose: there are no examples to learn from")
  var (epoch, batches) = (0, train.batches(of: batchSize, epoch: 0, seed: seed)[...])
  var trial = TrialTraining(
    model, loss, optimizer, validation: validation, steps: steps, maximumGlobalNorm: maximumGlobalNorm,
    progress: progress
  ) { _ in
    if batches.isEmpty {
      epoch += 1
      batches = train.batches(of: batchSize, epoch: epoch, seed: seed)[...]
    }
    let batch = batches.removeFirst()
    return (batch.inputs, batch.labels)
  }
  // One batch that holds all examples repeats by design.
  trial.judgesRepetition = train.count > batchSize
  trial.add(repeatedExamples(in: train.inputs))
  return try trial.diagnose()
}

/// Finds out why a model does not learn, with batches from any source, such as a generator or a custom loader.
///
/// Repeated batches are reported too; ignore that finding if the source gives all its examples in every step.
///
/// - Parameters:
///   - model: The model in the state from which training would start or continue.
///   - loss: The loss to minimize.
///   - optimizer: The optimizer, with the learning rate in question.
///   - validation: The validation examples.
///   - steps: The number of training steps.
///   - maximumGlobalNorm: The limit to which gradients are clipped; nil for none.
///   - progress: Where to show progress, on a terminal.
///   - batch: A function that returns the inputs and labels of a step; called once per step, in order.
/// - Throws: `ShapeError` if a batch does not fit the model; any error that `batch` throws.
public func diagnose<Model: Module, Goal: Objective>(
  _ model: Model, loss: Goal, optimizer: some Optimizer, validation: Examples<Model.Input, Goal.Target>? = nil,
  steps: Int = 200, maximumGlobalNorm: Double? = nil, progress: ProgressDisplay = .standardError,
  batch: (_ step: Int) throws -> (inputs: Model.Input, labels: Goal.Target)
) throws -> Diagnosis where Goal.Output == Model.Output {
  try withoutActuallyEscaping(batch) { batch in
    var trial = TrialTraining(
      model, loss, optimizer, validation: validation, steps: steps, maximumGlobalNorm: maximumGlobalNorm,
      progress: progress, source: batch)
    return try trial.diagnose()
  }
}
