import ExampleSupport
import Foundation
import Strata

/// The command-line settings of `conv-digits`.
struct ConvDigitsSettings: ExampleSettings {
  static let program = "conv-digits"
  static let summary =
    "Trains a convolutional network on the bundled digits, or on any images in the format of MNIST."

  var common = CommonSettings(epochs: 20, batch: 32, learningRate: 2e-3)
  var channels = [16, 32]

  static var ownOptions: [Option<ConvDigitsSettings>] {
    [
      Option("--channels", "N,N,…", "channels of the convolutions, each of which halves the size (16,32)", \.channels) {
        try wholeNumbers($0, in: 1...1024)
      }
    ]
  }
}

/// Trains and tests a network with these settings.
func trainConvDigits(_ settings: ConvDigitsSettings, _ io: ExampleIO) throws {
  let common = settings.common
  let (train, test) = try common.loadDigits()
  let model = try network(for: train.inputs.shape.rowShape, settings)
  if !common.isQuiet {
    io.say("\(train.count) training images, \(test.count) test images")
    io.say("\(try model.summary(input: train.inputs.shape.withLeading(common.batch)))")
  }

  var trainer = Trainer(
    model, loss: SoftmaxCrossEntropy(), optimizer: Adam(for: model, learningRate: common.learningRate),
    seed: common.seed, progress: common.progress,
    callbacks: try common.callbacks(lookingAt: test))
  let epochs = try common.epochsLeft(of: &trainer)
  let start = ContinuousClock.now
  try trainer.fit(train, epochs: epochs, batchSize: common.batch) { trainer, record in
    // Half a cosine from the initial rate to 0: small final steps average out the noise.
    let done = Double(record.epoch) / Double(common.epochs)
    trainer.optimizer.learningRate = common.learningRate * (1 + cos(.pi * done)) / 2
  }
  let seconds = (ContinuousClock.now - start) / .seconds(1)

  let result = try trainer.evaluate(test)
  if !common.isQuiet { io.say("\nThe first layer's kernels:\n\n\(kernels(of: model))\n") }
  if !common.isQuiet || !common.printsJSON {
    io.say(
      String(
        format: "Test accuracy %.2f %% after %d epochs in %.2f s of training.", 100 * result.accuracy!,
        common.epochs, seconds))
  }
  if common.printsJSON {
    let line = JSONLine([
      "test_accuracy": result.accuracy!, "test_loss": result.loss, "train_seconds": seconds,
      "epochs": common.epochs, "parameters": model.parameterCount, "seed": common.seed,
    ])
    io.say("\(line)")
  }
}

/// Returns an untrained network for images `[C, H, W]`, with weights drawn from the seed.
func network(for image: Shape, _ settings: ConvDigitsSettings) throws -> Sequential {
  try withSeed(settings.common.seed) {
    let features = Sequential {
      for (inputs, outputs) in zip([image[0]] + settings.channels, settings.channels) {
        Conv2D(inputs, outputs, kernel: 3, padding: 1)
        ReLU()
        MaxPool2D(kernel: 2)
      }
      Flatten()
    }
    let count: Int
    do {
      count = try features.outputShape(for: Shape([1] + image.lengths))[1]
    } catch {
      let size = "\(image[1])×\(image[2])"
      throw InputError("images of \(size) cannot be halved \(settings.channels.count) times; give fewer --channels")
    }
    return Sequential {
      features.layers
      Linear(count, 64)
      ReLU()
      Linear(64, 10)
    }
  }
}

/// Returns pictures of the first convolution's kernels, with positive weights dark and negative weights light.
private func kernels(of model: Sequential) -> String {
  guard let weight = (model.layers.first as? Conv2D)?.weight.value else { return "none" }
  let scale = abs(weight).max().item
  return drawing(of: (0..<min(8, weight.shape[0])).map { (0.5 + 0.5 / scale * weight[$0, 0], "\($0)") })
}
