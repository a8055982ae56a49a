import ExampleSupport
import Foundation
import Strata

/// Trains and tests a network with these settings.
func trainImageClassifier(_ settings: ImageClassifierSettings, _ io: ExampleIO) throws {
  let common = settings.common
  let data = try ImageData(settings)
  if let file = settings.preview { try writePreview(of: data, settings, to: file) }
  let model = residualNetwork(colours: data.shape[0], classes: data.classes, settings)
  if !common.isQuiet {
    io.say("\(data.trainCount) training images, \(data.testCount) test images, \(data.classes) classes")
    io.say("\(try model.summary(input: Shape([common.batch] + data.shape.lengths)))")
  }
  let (result, trained) = try train(model, on: data.train, testing: data.test, data, settings)
  if !common.isQuiet || !common.printsJSON {
    io.say(
      String(
        format: "Test accuracy %.2f %% after %d epochs in %.2f s of training.", 100 * result.accuracy!,
        trained.epochs, trained.seconds))
  }
  if common.printsJSON {
    let line = JSONLine([
      "test_accuracy": result.accuracy!, "test_loss": result.loss, "train_seconds": trained.seconds,
      "epochs": trained.epochs, "steps": trained.steps, "parameters": model.parameterCount, "seed": common.seed,
    ])
    io.say("\(line)")
  }
}

/// Trains the model, and returns how it does on the test's images and what training took.
private func train(
  _ model: Sequential, on train: some BatchSource<Tensor, Tensor> & Sendable,
  testing test: some BatchSource<Tensor, Tensor> & Sendable, _ data: ImageData, _ settings: ImageClassifierSettings
) throws -> (Evaluation, trained: (epochs: Int, steps: Int, seconds: Double)) {
  let (common, rate) = (settings.common, settings.common.learningRate)
  // By the images of training alone.
  let standardization = try Standardization(fitting: train)
  let standardizedTest = test.standardized(by: standardization)
  let changed = train.augmented(with: settings.augmentations).mixed(by: settings.mixings, classes: data.classes)
    .standardized(by: standardization)
  let optimizer = SGD(
    for: model, learningRate: rate, momentum: 0.9, weightDecay: 5e-4, nesterov: true, groups: [.noDecayOnVectors])
  let timed = settings.minutes.map {
    TimedRate(seconds: 60 * $0, schedule: .oneCycle(to: rate, steps: TimedRate.parts))
  }
  let average = settings.decay.map { EMA(decay: $0, statisticsFrom: train.standardized(by: standardization)) }
  var trainer = Trainer(
    model, loss: SoftmaxCrossEntropy(labelSmoothing: settings.smoothing), optimizer: optimizer,
    schedule: timed == nil && common.epochs > 0 ? .oneCycle(to: rate, epochs: common.epochs) : nil, seed: common.seed,
    progress: common.progress,
    callbacks: try [timed as (any Callback)?, average].compactMap(\.self)
      + common.callbacks(lookingAt: standardizedTest, classNames: data.classNames))
  let epochs = try common.epochsLeft(of: &trainer)
  let isTimed = timed != nil && common.epochs > 0
  let start = ContinuousClock.now
  try trainer.fit(changed.prefetched(), epochs: isTimed ? 100_000 : epochs, batchSize: common.batch)
  let seconds = (ContinuousClock.now - start) / .seconds(1)
  return (try trainer.evaluate(standardizedTest), (trainer.epochsDone, trainer.stepsDone, seconds))
}
