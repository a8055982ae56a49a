import ExampleSupport
import Foundation
import Strata

/// Trains and tests a network with these settings.
func trainSeriesClassifier(_ settings: SeriesClassifierSettings, _ io: ExampleIO) throws {
  let common = settings.common
  let (train, test, classes) = try data(common.data)
  let model = inceptionNetwork(classes: classes.count, settings)
  if !common.isQuiet {
    io.say(
      "\(train.count) series for training, \(test.count) for the test, of \(train.inputs.shape[-1]) numbers; "
        + "\(classes.count) kinds: \(classes.joined(separator: ", "))\n")
    io.say("\(try model.summary(input: [common.batch, 1, train.inputs.shape[-1]]))")
  }

  let epochs = common.epochs
  var trainer = Trainer(
    model, loss: SoftmaxCrossEntropy(), optimizer: AdamW(for: model, learningRate: common.learningRate),
    schedule: epochs > 0 ? .oneCycle(to: common.learningRate, epochs: epochs) : nil, seed: common.seed,
    progress: common.progress, callbacks: try common.callbacks(lookingAt: test, classNames: classes))
  let left = try common.epochsLeft(of: &trainer)
  let start = ContinuousClock.now
  try trainer.fit(train, epochs: left, batchSize: min(common.batch, train.count))
  let seconds = (ContinuousClock.now - start) / .seconds(1)

  let result = try trainer.evaluate(test)
  if !common.isQuiet || !common.printsJSON {
    io.say(
      String(
        format: "Test accuracy %.2f %% after %d epochs in %.2f s of training.", 100 * result.accuracy!, epochs, seconds)
    )
  }
  if common.printsJSON {
    let line = JSONLine([
      "test_accuracy": result.accuracy!, "test_loss": result.loss, "train_seconds": seconds, "epochs": epochs,
      "classes": classes.count, "parameters": model.parameterCount, "seed": common.seed,
    ])
    io.say("\(line)")
  }
}

/// The series of a directory of the UCR archive, or generated ones, as many as there.
private func data(_ directory: String?) throws -> (train: Dataset, test: Dataset, classes: [String]) {
  guard let directory else {
    let (train, test) = (
      CylinderBellFunnel.dataset(count: 30, seed: 1), CylinderBellFunnel.dataset(count: 900, seed: 2)
    )
    return (train, test, CylinderBellFunnel.names)
  }
  let name = URL(fileURLWithPath: directory).lastPathComponent
  let (train, test) = (
    try SeriesFile("\(directory)/\(name)_TRAIN.ts"), try SeriesFile("\(directory)/\(name)_TEST.ts")
  )
  guard train.series[0].count == test.series[0].count else {
    throw InputError(
      "\(directory): series of \(train.series[0].count) numbers to learn from and of \(test.series[0].count) to test on"
    )
  }
  let classes = Set(train.names).sorted()
  return (try train.dataset(classes: classes), try test.dataset(classes: classes), classes)
}
