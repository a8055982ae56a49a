import ExampleSupport

/// What the command line of `adding-problem` sets.
struct AddingSettings: ExampleSettings {
  static let program = "adding-problem"
  static let summary =
    "Two of many numbers are marked, and a recurrent network is to tell their sum when it has read all: "
    + "a simple network's gradient vanishes on the way back, an LSTM's does not."
  static let readsData = false

  var common = CommonSettings(epochs: 15, batch: 50, learningRate: 1e-2)
  var length = 100
  var hidden = 48
  var examples = 5000

  static var ownOptions: [Option<AddingSettings>] {
    [
      Option("--length", "T", "the steps of a sequence (100)", \.length) {
        try wholeNumber($0, in: 2...10_000)
      },
      Option("--hidden", "N", "the units of each cell (48)", \.hidden) { try wholeNumber($0, in: 1...4096) },
      Option("--examples", "N", "the sequences to learn from (5000)", \.examples) {
        try wholeNumber($0, in: 1...1_000_000)
      },
    ]
  }
}
