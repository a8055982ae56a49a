import ExampleSupport
import Foundation
import Strata

/// Trains, draws and tests a network with these settings.
func trainDenoiser(_ settings: DenoiseSettings, _ io: ExampleIO) throws {
  let common = settings.common
  let (train, test) = try common.loadDigits()
  let image = test.inputs.shape.rowShape
  guard image[1] % 4 == 0, image[2] % 4 == 0 else {
    throw InputError("images of \(image[1])×\(image[2]) cannot be halved twice; give some whose sides 4 divides")
  }
  let model = denoiser(of: image, settings)
  if !common.isQuiet {
    io.say("\(train.count) training images, \(test.count) test images, noise of \(settings.noise)")
    io.say("\(try model.summary(input: Shape([common.batch] + image.lengths)))")
  }

  // The test's noise is always the same, that of training another one in each epoch.
  let noise = withSeed(common.seed) { Tensor(normal: test.inputs.shape, standardDeviation: settings.noise) }
  let noisyTest = Dataset(inputs: test.inputs + noise, labels: test.inputs)
  var trainer = Trainer(
    model, loss: MeanSquaredError(), optimizer: Adam(for: model, learningRate: common.learningRate),
    schedule: common.epochs > 0 ? .cosine(from: common.learningRate, epochs: common.epochs) : nil,
    seed: common.seed, progress: common.progress, callbacks: try common.callbacks(lookingAt: noisyTest))
  let epochs = try common.epochsLeft(of: &trainer)
  let start = ContinuousClock.now
  try trainer.fit(
    Dataset(inputs: train.inputs, labels: train.inputs).augmented(with: [.noise(settings.noise)]), epochs: epochs,
    batchSize: common.batch)
  let seconds = (ContinuousClock.now - start) / .seconds(1)

  let loss = try trainer.evaluate(noisyTest).loss
  let (before, after) = (signalToNoise(MeanSquaredError()(noisyTest.inputs, test.inputs)), signalToNoise(loss))
  try trainer[RunReport.self]?.add(figure: "test PSNR in dB", after)
  if !common.isQuiet { io.say("\n\(comparison(by: model, of: noisyTest))\n") }
  if !common.isQuiet || !common.printsJSON {
    io.say(
      String(
        format: "Test PSNR %.2f dB, with the noise %.2f dB, after %d epochs in %.2f s of training.", after, before,
        common.epochs, seconds))
  }
  if common.printsJSON {
    let line = JSONLine([
      "test_psnr": after, "noisy_psnr": before, "test_loss": loss, "train_seconds": seconds, "epochs": common.epochs,
      "parameters": model.parameterCount, "seed": common.seed,
    ])
    io.say("\(line)")
  }
}

/// Returns the peak signal-to-noise ratio in decibels of a mean squared error: 10 log₁₀(1 / MSE), for pixels from 0 to 1.
func signalToNoise(_ meanSquaredError: Double) -> Double { -10 * log10(meanSquaredError) }

/// Returns an untrained network that halves images twice and doubles them again, with weights drawn from the seed.
func denoiser(of image: Shape, _ settings: DenoiseSettings) -> Sequential {
  let (colours, outer, inner) = (image[0], settings.channels, 2 * settings.channels)
  return withSeed(settings.common.seed) {
    Sequential {
      Conv2D(colours, outer, kernel: 3, stride: 2, padding: 1)
      ReLU()
      Conv2D(outer, inner, kernel: 3, stride: 2, padding: 1)
      ReLU()
      ConvTranspose2D(inner, outer, kernel: 4, stride: 2, padding: 1)
      ReLU()
      ConvTranspose2D(outer, colours, kernel: 4, stride: 2, padding: 1)
      Sigmoid()
    }
  }
}

/// Returns drawings of some test images with their noise, without it, and as they were.
private func comparison(by model: Sequential, of test: Dataset) -> String {
  drawing(
    of: (0..<min(3, test.count)).flatMap { index in
      [
        (image: test.inputs[index], caption: "noisy"),
        (image: model(test.inputs[index..<index + 1])[0], caption: "made"),
        (image: test.labels[index], caption: "clean"),
      ]
    })
}
