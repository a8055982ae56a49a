import ExampleSupport

/// The command-line settings of `adding-problem`.
struct AddingSettings: ExampleSettings {
  static let program = "adding-problem"
  static let summary =
    "Trains recurrent networks to add the two marked numbers of a long sequence: "
    + "the gradient of a simple network vanishes, that of an LSTM does not."
  static let readsData = false

  var common = CommonSettings(epochs: 15, batch: 50, learningRate: 1e-2)
  var length = 100
  var hidden = 48
  var examples = 5000

  static var ownOptions: [Option<AddingSettings>] {
    [
      Option("--length", "T", "steps per sequence (100)", \.length) {
        try wholeNumber($0, in: 2...10_000)
      },
      Option("--hidden", "N", "units of each cell (48)", \.hidden) { try wholeNumber($0, in: 1...4096) },
      Option("--examples", "N", "training sequences (5000)", \.examples) {
        try wholeNumber($0, in: 1...1_000_000)
      },
    ]
  }
}
