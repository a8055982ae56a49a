import ExampleSupport
import Foundation
import Strata

/// The names that train_digits.py has for the layers of ``digitNet(features:)``.
private let names: [String: PyTorchName] = ["0": "features", "1": "classifier.0", "3": "classifier.2"]

/// Trains a network that begins with PyTorch's layers, which stay, and one without them.
func transferDigits(_ settings: PyTorchTransferSettings, _ io: ExampleIO) throws {
  let common = settings.common
  let (all, test) = try common.loadDigits()
  guard all.inputs.shape.rowShape == [1, 8, 8] else {
    throw InputError("the network takes images of 8×8, not of \(all.inputs.shape.rowShape)")
  }
  let train = all[0..<min(settings.images, all.count)]
  let (transferred, plain) = withSeed(common.seed) {
    (digitNet { layers in Frozen { layers } }, digitNet { layers in Sequential(layers) })
  }
  let file =
    try settings.weights ?? CommonSettings.bundled("pytorch/digits-0-4.safetensors", "a file with --weights FILE")
  let report = try load(file, into: transferred)
  if !common.isQuiet {
    io.say("\(train.count) training images, \(test.count) test images\n")
    io.say("\(try transferred.summary(input: train.inputs.shape.withLeading(common.batch)))\n\n\(report)\n")
  }

  if !common.isQuiet { io.say("With PyTorch's layers:") }
  let (result, seconds) = try trained(transferred, "transferred", settings, train, test)
  if !common.isQuiet { io.say("Without them:") }
  let (plainResult, _) = try trained(plain, "plain", settings, train, test)
  if let file = settings.save {
    try Safetensors.write(transferred.pytorchState(renaming: names), metadata: ["format": "pt"], to: file)
  }
  if !common.isQuiet || !common.printsJSON {
    io.say(
      String(
        format: "Test accuracy %.2f %% after %d epochs in %.2f s of training, %.2f %% without PyTorch's layers.",
        100 * result.accuracy!, common.epochs, seconds, 100 * plainResult.accuracy!))
  }
  if common.printsJSON {
    let line = JSONLine([
      "test_accuracy": result.accuracy!, "test_loss": result.loss, "plain_test_accuracy": plainResult.accuracy!,
      "train_seconds": seconds, "epochs": common.epochs, "images": train.count,
      "parameters": transferred.parameterCount, "seed": common.seed,
    ])
    io.say("\(line)")
  }
}

/// Returns an untrained network for images of 8×8.
private func digitNet(_ features: ([any Layer]) -> any Layer) -> Sequential {
  Sequential {
    features([
      Conv2D(1, 16, kernel: 3, padding: 1), BatchNorm(16), ReLU(), MaxPool2D(kernel: 2),
      Conv2D(16, 32, kernel: 3, padding: 1), BatchNorm(32), ReLU(), MaxPool2D(kernel: 2), Flatten(),
    ])
    Linear(128, 64)
    ReLU()
    Linear(64, 10)
  }
}

/// Loads all layers but the last, which has five classes in the file, and returns the report of what did not fit.
private func load(_ file: String, into model: Sequential) throws -> StateError {
  let state = try [".pt", ".pth"].contains { file.hasSuffix($0) } ? PyTorchFile.read(file) : Safetensors.read(file)
  let report = try model.load(pytorch: state, renaming: names, strict: false)
  let isLastAlone = report.misshapen.allSatisfy { $0.path.hasPrefix("classifier.2.") }
  guard report.missing.isEmpty, report.unexpected.isEmpty, report.unusable.isEmpty, isLastAlone else {
    throw InputError("\(file): \(report)")
  }
  return report
}

private func trained(
  _ model: Sequential, _ name: String, _ settings: PyTorchTransferSettings, _ train: Dataset, _ test: Dataset
) throws -> (Evaluation, seconds: Double) {
  let common = settings.common
  var trainer = Trainer(
    model, loss: SoftmaxCrossEntropy(), optimizer: Adam(for: model, learningRate: common.learningRate),
    seed: common.seed, progress: common.progress, callbacks: try common.callbacks(for: name, lookingAt: test))
  let epochs = try common.epochsLeft(of: &trainer, for: name)
  let start = ContinuousClock.now
  try trainer.fit(train, epochs: epochs, batchSize: common.batch)
  return (try trainer.evaluate(test), (ContinuousClock.now - start) / .seconds(1))
}
