import ExampleSupport
import Foundation
import Strata

/// Trains and tests a network with these settings.
func trainRowDigits(_ settings: RowDigitsSettings, _ io: ExampleIO) throws {
  let common = settings.common
  let (train, test) = try common.loadDigits()
  let (rowsToLearn, rowsToTest) = (inRows(train), inRows(test))
  let model = reader(rowLength: rowsToLearn.inputs.shape[2], settings)
  if !common.isQuiet {
    io.say("\(train.count) training images, \(test.count) test images; one of them, read from the top:\n")
    io.say(drawing(of: [(test.inputs[0], "\(Int(test.labels[0].item))")]) + "\n")
    io.say("\(try model.summary(input: rowsToLearn.inputs.shape.withLeading(common.batch)))")
  }

  var trainer = Trainer(
    model, loss: SoftmaxCrossEntropy(), optimizer: Adam(for: model, learningRate: common.learningRate),
    maximumGlobalNorm: 1, seed: common.seed, progress: common.progress,
    callbacks: try common.callbacks(lookingAt: rowsToTest, pictureShape: rowsToTest.inputs.shape.rowShape))
  let epochs = try common.epochsLeft(of: &trainer)
  let start = ContinuousClock.now
  // Half a cosine from the initial rate to 0: small final steps average out the noise.
  try trainer.fit(rowsToLearn, epochs: epochs, batchSize: common.batch) { trainer, record in
    let done = Double(record.epoch) / Double(common.epochs)
    trainer.optimizer.learningRate = common.learningRate * (1 + cos(.pi * done)) / 2
  }
  let seconds = (ContinuousClock.now - start) / .seconds(1)
  let result = try trainer.evaluate(rowsToTest)

  if !common.isQuiet {
    io.say("\nThe most likely digit of one image after each row:\n\n\(story(of: model, rowsToTest))\n")
  }
  if !common.isQuiet || !common.printsJSON {
    io.say(
      String(
        format: "Test accuracy %.2f %% after %d epochs in %.2f s of training.", 100 * (result.accuracy ?? 0),
        common.epochs, seconds))
  }
  if common.printsJSON {
    let line = JSONLine([
      "test_accuracy": result.accuracy ?? 0, "test_loss": result.loss, "train_seconds": seconds,
      "epochs": common.epochs, "parameters": model.parameterCount, "seed": common.seed,
    ])
    io.say("\(line)")
  }
}

/// Returns an untrained model, with weights drawn from the seed.
func reader(rowLength: Int, _ settings: RowDigitsSettings) -> Sequential {
  withSeed(settings.common.seed) {
    Sequential {
      switch settings.cell {
      case .lstm: Recurrent(LSTMCell(rowLength, settings.hidden, forgetBias: 1), returning: .lastStep)
      case .gru: Recurrent(GRUCell(rowLength, settings.hidden), returning: .lastStep)
      case .rnn: Recurrent(RNNCell(rowLength, settings.hidden), returning: .lastStep)
      }
      Linear(settings.hidden, 10)
    }
  }
}

/// Returns images [N, 1, H, W] as sequences of rows, [N, H, W].
private func inRows(_ images: Dataset) -> Dataset {
  let shape = images.inputs.shape
  return Dataset(inputs: images.inputs.reshaped(to: [shape[0], shape[2], shape[3]]), labels: images.labels)
}

/// Returns the most likely digit after each row of the first image, with its probability.
private func story(of model: Sequential, _ test: Dataset) -> String {
  let image = test.inputs[0..<1]
  let (height, width) = (image.shape[1], image.shape[2])
  return (1...height).map { rows in
    let part = image.reshaped([height, width])[0..<rows].reshaped(to: [1, rows, width])
    let powers = exp(model(part))
    let probabilities = (powers / powers.sum()).elements(as: Double.self)
    let best = probabilities.indices.max { probabilities[$0] < probabilities[$1] }!
    return "  after row \(rows): \(best) (\(Int((100 * probabilities[best]).rounded())) %)"
  }.joined(separator: "\n")
}
