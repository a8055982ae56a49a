import ExampleSupport
import Foundation
import Strata

/// Trains both networks on the windows of the first steps and tests them on those of the last.
func runForecast(_ settings: ForecastSettings, _ io: ExampleIO) throws {
  let common = settings.common
  let table = try Table(
    csv: common.data ?? CommonSettings.bundled("sea-temperatures.csv", "a CSV file with --data FILE"))
  let series = try Series(table, settings)
  if !common.isQuiet {
    io.say("\(table)\n")
    io.say(
      "\(series.train.count) windows for training, \(series.test.count) later ones for the test: \(settings.length) steps "
        + "of \(series.names.joined(separator: ", ")), then \(settings.horizon) of \(settings.target)\n")
  }
  let naive = series.errors(of: series.naive)
  let width = series.names.count
  let lstm = try withSeed(common.seed) {
    try forecast("LSTM", LSTMCell(width, settings.hidden, forgetBias: 1), series, settings, io)
  }
  let gru = try withSeed(common.seed) { try forecast("GRU", GRUCell(width, settings.hidden), series, settings, io) }

  if !common.isQuiet {
    io.say("Mean absolute error of \(settings.target) by the number of steps ahead:\n")
    io.say("steps     naive      LSTM       GRU")
    for step in 0..<settings.horizon {
      io.say(String(format: "%5d%10.4f%10.4f%10.4f", step + 1, naive[step], lstm[step], gru[step]))
    }
    io.say("")
  }
  func mean(_ errors: [Double]) -> Double { errors.reduce(0, +) / Double(errors.count) }
  if !common.isQuiet || !common.printsJSON {
    io.say(
      String(
        format: "Test error over all steps: naive %.4f, LSTM %.4f, GRU %.4f after %d epochs.", mean(naive), mean(lstm),
        mean(gru), common.epochs))
  }
  if common.printsJSON {
    let line = JSONLine([
      "naive_test_error": mean(naive), "lstm_test_error": mean(lstm), "gru_test_error": mean(gru),
      "epochs": common.epochs, "seed": common.seed,
    ])
    io.say("\(line)")
  }
}

/// Windows of a series, scaled by what its training steps have.
struct Series {
  /// The columns.
  let names: [String]
  let train: Dataset
  let test: Dataset
  private let scale: Preprocessor
  private let place: Int

  init(_ table: Table, _ settings: ForecastSettings) throws {
    // Text, such as dates, is no feature.
    let table = table.selecting(table.columnNames.filter { table[$0].type != .text })
    guard table.column(settings.target) != nil else {
      throw InputError(
        "there is no column of numbers \"\(settings.target)\" among \(table.columnNames); name one by --target")
    }
    let steps = table.gathered(rows: Split(byTime: Array(0..<table.rowCount), test: settings.test).train)
    let preprocessor = try Preprocessor(fitting: steps)
    scale = try Preprocessor(
      fitting: steps.selecting([settings.target]), target: settings.target, targetRule: .standardize())
    names = preprocessor.featureNames
    place = names.firstIndex(of: settings.target)!
    (train, test) = SeriesWindows(length: settings.length, horizon: settings.horizon).split(
      try preprocessor.features(of: table), test: settings.test, targets: [place])
    if train.count == 0 || test.count == 0 {
      throw InputError(
        "\(table.rowCount) steps are too few for windows of \(settings.length) and \(settings.horizon) steps in both parts"
      )
    }
  }

  /// The last value that a window has, again and again.
  var naive: Tensor { test.inputs[.all, -1, place].reshaped(to: [test.count, 1]) + Tensor(zeros: test.labels.shape) }

  /// The mean absolute error of forecasts for the test windows, step by step, in the units of the series.
  func errors(of forecasts: Tensor) -> [Double] {
    func restored(_ scaled: Tensor) -> Tensor {
      let numbers = scale.predictions(scaled.reshaped([-1, 1])).numbers!
      return Tensor(numbers, shape: scaled.shape)
    }
    return abs(restored(forecasts) - restored(test.labels)).mean(along: 0).elements(as: Double.self)
  }
}

/// Trains a network and returns its errors.
private func forecast<Cell: RecurrentCell>(
  _ name: String, _ cell: Cell, _ series: Series, _ settings: ForecastSettings, _ io: ExampleIO
) throws -> [Double] {
  let common = settings.common
  let model = Sequential([Recurrent(cell, returning: .lastStep), Linear(cell.hiddenSize, settings.horizon)])
  if !common.isQuiet { io.note("\(name), \(model.parameterCount) parameters:") }
  var trainer = Trainer(
    model, loss: MeanSquaredError(), optimizer: AdamW(for: model, learningRate: common.learningRate),
    maximumGlobalNorm: 1, seed: common.seed, progress: common.progress,
    callbacks: try common.callbacks(for: name, lookingAt: series.test))
  let epochs = try common.epochsLeft(of: &trainer, for: name)
  try trainer.fit(series.train, epochs: epochs, batchSize: common.batch)
  return series.errors(of: try model.predict(series.test.inputs))
}
