import ExampleSupport

/// The command-line settings of `tabular`.
struct TabularSettings: ExampleSettings {
  static let program = "tabular"
  static let summary =
    "Trains a perceptron on a CSV file, to tell a class or a number of each row, and predicts the rows of another file."
  static let readsData = false

  var common = CommonSettings(epochs: 60, batch: 32, learningRate: 3e-3)
  var target = "cultivar"
  var test = 0.25
  var testData: String?
  var hidden = 32
  var save: String?
  var model: String?
  var predict: String?
  var output = "predictions.csv"

  static var ownOptions: [Option<TabularSettings>] {
    [
      Option("--data", "FILE", "CSV file with a header (the bundled wines)", \.common.data) { try path($0) },
      Option("--target", "COLUMN", "what is to be predicted of a row (cultivar)", \.target) { $0 },
      Option("--test", "X", "share of the rows to test on (0.25)", \.test) { try fraction($0) },
      Option("--test-data", "FILE", "CSV file of the rows to test on, in place of a share", \.testData) {
        try path($0)
      },
      Option("--hidden", "N", "hidden units (32)", \.hidden) { try wholeNumber($0, in: 1...65_536) },
      Option("--save", "FILE", "write the model and its preprocessor as safetensors", \.save) { try newFile($0) },
      Option("--model", "FILE", "with --predict: a model that was saved", \.model) { try path($0) },
      Option("--predict", "FILE", "with --model: a CSV file whose rows are predicted", \.predict) { try path($0) },
      Option("--output", "FILE", "where predictions are written (predictions.csv)", \.output) { try newFile($0) },
    ]
  }
}
