import ExampleSupport

/// The command-line settings of `forecast`.
struct ForecastSettings: ExampleSettings {
  static let program = "forecast"
  static let summary =
    "Trains an LSTM and a GRU to forecast a time series from windows of it, and compares them with the forecast that "
    + "nothing changes."
  static let readsData = false

  var common = CommonSettings(epochs: 40, batch: 32, learningRate: 3e-3)
  var target = "temperature"
  var length = 24
  var horizon = 6
  var hidden = 32
  var test = 0.25

  static var ownOptions: [Option<ForecastSettings>] {
    [
      Option("--data", "FILE", "CSV file, a row a step (the bundled sea temperatures)", \.common.data) { try path($0) },
      Option("--target", "COLUMN", "the column to forecast (temperature)", \.target) { $0 },
      Option("--length", "T", "steps that a forecast looks at (24)", \.length) { try wholeNumber($0, in: 1...10_000) },
      Option("--horizon", "T", "steps that are forecast (6)", \.horizon) { try wholeNumber($0, in: 1...10_000) },
      Option("--hidden", "N", "units of each cell (32)", \.hidden) { try wholeNumber($0, in: 1...4096) },
      Option("--test", "X", "share of the steps, the last ones, to test on (0.25)", \.test) { try fraction($0) },
    ]
  }
}
