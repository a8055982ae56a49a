import StrataData
import StrataLayers
import StrataTensor
import StrataTraining

/// Looks for what keeps a model from learning: runs it, trains it for some steps on trial, and names each cause with
/// its evidence and remedy.
///
/// ```swift
/// print(try diagnose(
///   model, loss: SoftmaxCrossEntropy(), optimizer: Adam(for: model), on: train, validation: validation))
/// ```
///
/// It looks for NaN at the first step and after many; gradients that are exactly zero; a training loss that
/// falls while the validation loss does not; the same batch again and again; a rate too small to move; one layer's
/// gradient a thousand times the others'; a loss that starts far above ln K; a softmax applied twice. Where two
/// causes look alike an experiment decides: a layer run in double precision or a little beside its input, batch
/// statistics taken anew, the same steps at a larger rate.
///
/// The model is left as it was: parameters, statistics and random streams are restored. So is the optimizer,
/// a value of which a copy is trained.
///
/// - Parameters:
///   - model: The model, as training would begin or go on.
///   - loss: What is made small.
///   - optimizer: What moves the parameters, with the rate in question.
///   - train: The examples to learn from, shuffled in each epoch.
///   - validation: Examples that are not learnt from.
///   - batchSize: The examples of a step.
///   - steps: How many steps to train on trial. What shows only after many needs as many.
///   - maximumGlobalNorm: The limit that gradients are clipped to; nil for none.
///   - seed: What the order of examples follows from.
///   - progress: Where it shows how far it is, on a terminal.
/// - Throws: `ShapeError` where the examples do not fit the model.
public func diagnose(
  _ model: some Layer, loss: some Loss, optimizer: some Optimizer, on train: Dataset, validation: Dataset? = nil,
  batchSize: Int = 64, steps: Int = 200, maximumGlobalNorm: Double? = nil,
  seed: UInt64 = Runtime.seed, progress: ProgressDisplay = .standardError
) throws -> Diagnosis {
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
  // One batch that holds all examples comes again by intention.
  trial.judgesRepetition = train.count > batchSize
  trial.add(repeatedExamples(in: train))
  return try trial.diagnose()
}

/// The same for batches from anywhere: a generator, a loader of one's own.
///
/// That the same batch comes again and again is then seen too; a source that means to give all its examples in every
/// step can ignore it.
///
/// - Parameters:
///   - model: The model, as training would begin or go on.
///   - loss: What is made small.
///   - optimizer: What moves the parameters, with the rate in question.
///   - validation: Examples that are not learnt from.
///   - steps: How many steps to train on trial.
///   - maximumGlobalNorm: The limit that gradients are clipped to; nil for none.
///   - progress: Where it shows how far it is, on a terminal.
///   - batch: The inputs and labels of a step; asked once for each, in order.
/// - Throws: `ShapeError` where a batch does not fit the model; whatever `batch` throws.
public func diagnose(
  _ model: some Layer, loss: some Loss, optimizer: some Optimizer, validation: Dataset? = nil, steps: Int = 200,
  maximumGlobalNorm: Double? = nil, progress: ProgressDisplay = .standardError,
  batch: (_ step: Int) throws -> (inputs: Tensor, labels: Tensor)
) throws -> Diagnosis {
  try withoutActuallyEscaping(batch) { batch in
    var trial = TrialTraining(
      model, loss, optimizer, validation: validation, steps: steps, maximumGlobalNorm: maximumGlobalNorm,
      progress: progress, source: batch)
    return try trial.diagnose()
  }
}
