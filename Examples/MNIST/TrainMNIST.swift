import ExampleSupport
import Strata

/// Trains and tests a perceptron with these settings.
func trainMNIST(_ settings: MNISTSettings, _ io: ExampleIO) throws {
  let (train, test) = try settings.common.loadDigits()
  let model = perceptron(inputs: train.inputs.shape.rowShape.count, settings)
  if let file = settings.load { try load(file, into: model) }
  if !settings.common.isQuiet {
    io.say("\(train.count) training images, \(test.count) test images, \(train.inputs.shape.lengths.suffix(2))")
    io.say("\(try model.summary(input: train.inputs.shape.withLeading(settings.common.batch)))")
  }

  let rate = settings.common.learningRate
  let seconds =
    switch settings.optimizer {
    case .sgd: try fit(model, SGD(for: model, learningRate: rate, momentum: 0.9), train, test, settings)
    case .adam: try fit(model, Adam(for: model, learningRate: rate), train, test, settings)
    case .adamw: try fit(model, AdamW(for: model, learningRate: rate), train, test, settings)
    }
  if let file = settings.save { try Safetensors.write(model.state, to: file) }
  try report(on: model, test, seconds, settings, io)
}

/// Returns an untrained perceptron, with weights drawn from the seed.
func perceptron(inputs: Int, _ settings: MNISTSettings) -> Sequential {
  withSeed(settings.common.seed) {
    Sequential {
      Flatten()
      for (inputs, outputs) in zip([inputs] + settings.hidden, settings.hidden) {
        Linear(inputs, outputs, bias: !settings.hasBatchNorm)
        if settings.hasBatchNorm { BatchNorm(outputs) }
        ReLU()
        if settings.dropout > 0 { Dropout(settings.dropout) }
      }
      Linear(settings.hidden.last ?? inputs, 10)
    }
  }
}

/// Sets the model's weights to those of a file.
private func load(_ file: String, into model: Sequential) throws {
  let state = try Safetensors.read(file)
  do {
    try model.load(state)
  } catch {
    throw InputError("\(file): \(error)\nimages and options must be those that the file was saved with")
  }
}

/// Trains the model and returns the seconds that it took.
private func fit(
  _ model: Sequential, _ optimizer: some Optimizer, _ train: Dataset, _ test: Dataset, _ settings: MNISTSettings
) throws -> Double {
  var trainer = Trainer(
    model, loss: SoftmaxCrossEntropy(), optimizer: optimizer, maximumGlobalNorm: settings.clip,
    seed: settings.common.seed, progress: settings.common.progress,
    callbacks: try settings.common.callbacks(lookingAt: test))
  let epochs = try settings.common.epochsLeft(of: &trainer)
  let start = ContinuousClock.now
  try trainer.fit(train, epochs: epochs, batchSize: settings.common.batch)
  return (ContinuousClock.now - start) / .seconds(1)
}
