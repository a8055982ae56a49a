import ExampleSupport
import Foundation
import Strata

/// Trains, draws and tests an autoencoder with these settings.
func trainAutoencoder(_ settings: AutoencoderSettings, _ io: ExampleIO) throws {
  let (train, test) = try settings.common.loadDigits()
  let model = autoencoder(of: train.inputs.shape.rowShape, settings)
  let common = settings.common
  if !common.isQuiet {
    io.say("\(train.count) training images, \(test.count) test images")
    io.say("\(try model.summary(input: train.inputs.shape.withLeading(common.batch)))")
  }

  var trainer = Trainer(
    model, loss: MeanSquaredError(), optimizer: Adam(for: model, learningRate: common.learningRate),
    seed: common.seed, progress: common.progress,
    callbacks: try common.callbacks(lookingAt: Dataset(inputs: test.inputs, labels: test.inputs)))
  let epochs = try common.epochsLeft(of: &trainer)
  let start = ContinuousClock.now
  try trainer.fit(Dataset(inputs: train.inputs, labels: train.inputs), epochs: epochs, batchSize: common.batch)
  let seconds = (ContinuousClock.now - start) / .seconds(1)

  let loss = try trainer.evaluate(Dataset(inputs: test.inputs, labels: test.inputs)).loss
  try trainer[RunReport.self]?.add(figure: "test loss", loss)
  let mean = train.inputs.mean(along: 0, keepingAxis: true)
  let deviation = test.inputs - mean
  let meanLoss = (deviation * deviation).mean().item
  if !common.isQuiet { io.say("\n\(reconstructions(by: model, of: test, settings))\n") }
  if !common.isQuiet || !common.printsJSON {
    io.say(
      String(
        format: "Test loss %.4f after %d epochs in %.2f s of training; the mean image has %.4f.", loss,
        common.epochs, seconds, meanLoss))
  }
  if common.printsJSON {
    let line = JSONLine([
      "test_loss": loss, "mean_image_loss": meanLoss, "train_seconds": seconds, "epochs": common.epochs,
      "parameters": model.parameterCount, "seed": common.seed,
    ])
    io.say("\(line)")
  }
}

/// Returns an autoencoder with two layers on each side; the decoder has the transposed weights of the encoder, and its
/// own biases.
func autoencoder(of image: Shape, _ settings: AutoencoderSettings) -> Sequential {
  withSeed(settings.common.seed) {
    let outer = Linear(image.count, settings.hidden)
    let inner = Linear(settings.hidden, settings.code)
    return Sequential {
      Flatten()
      outer
      ReLU()
      inner
      TiedLinear(transposing: inner.weight)
      ReLU()
      TiedLinear(transposing: outer.weight)
      Sigmoid()
      Reshape(image)
    }
  }
}

/// Returns some test images beside their reconstructions.
private func reconstructions(by model: Sequential, of test: Dataset, _ settings: AutoencoderSettings) -> String {
  let labels = test.labels.elements(as: Int32.self)
  let examples = [0, 3, 5, 8].compactMap { digit in labels.firstIndex { $0 == digit } }
  let pairs = examples.flatMap { index in
    [
      (image: test.inputs[index], caption: "\(labels[index])"),
      (image: model(test.inputs[index..<index + 1])[0], caption: "from \(settings.code) numbers"),
    ]
  }
  return drawing(of: pairs)
}
