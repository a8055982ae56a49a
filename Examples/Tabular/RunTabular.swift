import ExampleSupport
import Foundation
import Strata

/// Trains and tests on one file, or predicts the rows of another.
func runTabular(_ settings: TabularSettings, _ io: ExampleIO) throws {
  switch (settings.predict, settings.model) {
  case (let rows?, let model?): try predict(rows, by: model, settings, io)
  case (nil, nil): try trainTabular(settings, io)
  default: throw UsageError("--predict FILE and --model FILE belong together")
  }
}

/// Trains and tests a network with these settings.
private func trainTabular(_ settings: TabularSettings, _ io: ExampleIO) throws {
  let common = settings.common
  func rows(_ file: String) throws -> Table {
    let all = try Table(csv: file)
    guard let goal = all.column(settings.target) else {
      throw InputError(
        "there is no column \"\(settings.target)\" among \(all.columnNames); name one by --target COLUMN")
    }
    return all.filter { !goal.isMissing($0) }
  }
  let table = try rows(common.data ?? CommonSettings.bundled("wine.csv", "a CSV file with --data FILE"))
  if !common.isQuiet { io.say("\(table)\n\n\(table.describe())\n") }

  // What is fitted is fitted to the training rows alone; a number is learnt in units of its standard deviation.
  let isClass = try Preprocessor(fitting: table, target: settings.target).classNames != nil
  let (train, test) =
    try settings.testData.map { (table, try rows($0)) }
    ?? table.split(
      isClass
        ? Split(stratifying: Array(table[settings.target].texts), test: settings.test, seed: common.seed)
        : Split(of: table.rowCount, test: settings.test, seed: common.seed))
  let preprocessor = try Preprocessor(
    fitting: train, target: settings.target, targetRule: isClass ? .ordinal : .standardize())
  let (rowsToLearn, rowsToTest) = (try preprocessor.dataset(of: train), try preprocessor.dataset(of: test))
  let model = withSeed(common.seed) {
    perceptron(preprocessor.featureNames.count, settings.hidden, preprocessor.classNames?.count ?? 1)
  }
  if !common.isQuiet {
    io.say(
      "\(train.rowCount) rows for training, \(test.rowCount) for the test; \(preprocessor.featureNames.count) features")
  }

  let result =
    isClass
    ? try fit(model, SoftmaxCrossEntropy(), rowsToLearn, rowsToTest, [ROCAUC()], preprocessor.classNames, settings)
    : try fit(model, MeanSquaredError(), rowsToLearn, rowsToTest, [R2Score()], nil, settings)
  if let file = settings.save { try Safetensors.write(model.state, metadata: preprocessor.metadata, to: file) }
  if !common.isQuiet || !common.printsJSON {
    let seconds = String(format: "%.2f", result.seconds)
    io.say("Test of \(settings.target) after \(common.epochs) epochs in \(seconds) s: \(result.test)")
  }
  if common.printsJSON {
    let measured = result.test.metrics
    let line = JSONLine([
      "test_accuracy": result.test.accuracy, "test_roc_auc": measured["ROC AUC"], "test_r2": measured["R²"],
      "test_loss": result.test.loss, "train_seconds": result.seconds, "epochs": common.epochs,
      "parameters": model.parameterCount, "seed": common.seed,
    ])
    io.say("\(line)")
  }
}

/// Returns an untrained network of one hidden layer.
private func perceptron(_ inputs: Int, _ hidden: Int, _ outputs: Int) -> Sequential {
  Sequential {
    Linear(inputs, hidden)
    ReLU()
    Linear(hidden, outputs)
  }
}

/// Trains the model and tests it.
private func fit(
  _ model: Sequential, _ loss: some Objective<Tensor, Tensor>, _ train: Dataset, _ test: Dataset,
  _ metrics: [any Metric<Tensor, Tensor>], _ classNames: [String]?, _ settings: TabularSettings
) throws -> (test: Evaluation, seconds: Double) {
  let common = settings.common
  var trainer = Trainer(
    model, loss: loss, optimizer: AdamW(for: model, learningRate: common.learningRate), seed: common.seed,
    progress: common.progress, callbacks: try common.callbacks(lookingAt: test, classNames: classNames ?? []))
  let epochs = try common.epochsLeft(of: &trainer)
  let start = ContinuousClock.now
  try trainer.fit(train, epochs: epochs, batchSize: common.batch)
  let seconds = (ContinuousClock.now - start) / .seconds(1)
  return (try trainer.evaluate(test, metrics: metrics), seconds)
}

/// Writes the rows of a file with a column of predictions.
private func predict(_ rows: String, by file: String, _ settings: TabularSettings, _ io: ExampleIO) throws {
  let preprocessor: Preprocessor
  do { preprocessor = try Preprocessor(metadata: Safetensors.metadata(of: file)) } catch let error as TableError {
    throw InputError("\(file): \(error); it must be a file that tabular --save wrote")
  }
  let state = try Safetensors.read(file)
  guard let target = preprocessor.targetName, let weight = state["0.weight"], weight.rank == 2, weight.shape[1] > 0,
    weight.shape[0] == preprocessor.featureNames.count
  else { throw InputError("\(file): its model and its preprocessor do not belong together") }
  let model = perceptron(weight.shape[0], weight.shape[1], preprocessor.classNames?.count ?? 1)
  try model.load(state)
  let table = try Table(csv: rows)
  let outputs = try model.predict(preprocessor.features(of: table))
  try table.setting("predicted \(target)", to: preprocessor.predictions(outputs)).write(csv: settings.output)
  if !settings.common.isQuiet { io.say("\(table.rowCount) predictions written to \(settings.output)") }
}
