import ExampleSupport
import Foundation
import Strata

/// Trains and tests a model with these settings.
func trainMNIST1D(_ settings: MNIST1DSettings, _ io: ExampleIO) throws {
  let common = settings.common
  let (train, test) = ShapesInNoise(isShuffled: settings.isShuffled).dataset()
  let model = signalModel(settings)
  if !common.isQuiet {
    io.say("\(train.count) training signals, \(test.count) test signals of \(ShapesInNoise.length) numbers\n")
    io.say(drawing(of: (0..<4).map { (picture(of: test.inputs[$0]), "\(Int(test.labels[$0].item))") }) + "\n")
    io.say("\(try model.summary(input: [common.batch, ShapesInNoise.length]))")
  }

  var trainer = Trainer(
    model, loss: SoftmaxCrossEntropy(), optimizer: Adam(for: model, learningRate: common.learningRate),
    schedule: common.epochs > 0 ? .cosine(from: common.learningRate, epochs: common.epochs) : nil, seed: common.seed,
    progress: common.progress, callbacks: try common.callbacks(lookingAt: test))
  let epochs = try common.epochsLeft(of: &trainer)
  let start = ContinuousClock.now
  try trainer.fit(train, epochs: epochs, batchSize: common.batch)
  let seconds = (ContinuousClock.now - start) / .seconds(1)

  let result = try trainer.evaluate(test)
  if !common.isQuiet || !common.printsJSON {
    io.say(
      String(
        format: "Test accuracy %.2f %% after %d epochs in %.2f s of training; published: %d %%.",
        100 * result.accuracy!, common.epochs, seconds, settings.published))
  }
  if common.printsJSON {
    let line = JSONLine([
      "model": settings.model.rawValue, "shuffled": settings.isShuffled, "test_accuracy": result.accuracy!,
      "test_loss": result.loss, "published_percent": settings.published, "train_seconds": seconds,
      "epochs": common.epochs, "parameters": model.parameterCount, "seed": common.seed,
    ])
    io.say("\(line)")
  }
}

extension MNIST1DSettings {
  /// The test accuracy of such a model in percent: the paper's table of MNIST-1D, in order and shuffled.
  var published: Int {
    switch model {
    case .logistic: 32
    case .mlp: 68
    case .cnn: isShuffled ? 56 : 94
    case .gru: isShuffled ? 57 : 91
    }
  }
}

/// Returns an untrained model of the paper's, of signals `[B, 40]`, with weights drawn from the seed.
func signalModel(_ settings: MNIST1DSettings) -> Sequential {
  let length = ShapesInNoise.length
  return withSeed(settings.common.seed) {
    switch settings.model {
    case .logistic: Sequential { Linear(length, 10) }
    case .mlp:
      Sequential {
        Linear(length, 100)
        ReLU()
        Residual {
          Linear(100, 100)
          ReLU()
        }
        Linear(100, 10)
      }
    case .cnn:
      Sequential {
        Reshape([1, length])
        Conv1D(1, 25, kernel: 5, stride: 2, padding: 1)
        ReLU()
        Conv1D(25, 25, kernel: 3, stride: 2, padding: 1)
        ReLU()
        Conv1D(25, 25, kernel: 3, stride: 2, padding: 1)
        ReLU()
        Flatten()
        Linear(125, 10)
      }
    case .gru:
      Sequential {
        Reshape([length, 1])
        Bidirectional(GRUCell(1, 6), GRUCell(1, 6))
        Flatten()
        Linear(2 * 6 * length, 10)
      }
    }
  }
}

/// Returns a signal as a curve in an image of 16 rows.
private func picture(of signal: Tensor) -> Tensor {
  let (height, numbers) = (16, signal.elements(as: Double.self))
  var image = Tensor(zeros: [height, numbers.count])
  for (column, number) in numbers.enumerated() {
    image[max(0, min(height - 1, Int(((2 - number) * Double(height) / 4).rounded()))), column] = 1.0
  }
  return image
}
