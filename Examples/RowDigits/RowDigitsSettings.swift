import ExampleSupport

/// The command-line settings of `row-digits`.
struct RowDigitsSettings: ExampleSettings {
  enum CellName: String, CaseIterable { case lstm, gru, rnn }

  static let program = "row-digits"
  static let summary =
    "Trains a recurrent network that reads an image row by row, one row per time step."

  var common = CommonSettings(epochs: 30, batch: 32, learningRate: 3e-3)
  var cell = CellName.lstm
  var hidden = 64

  static var ownOptions: [Option<RowDigitsSettings>] {
    [
      Option("--cell", "NAME", "lstm, gru or rnn (lstm)", \.cell) { try oneOf(CellName.self, $0) },
      Option("--hidden", "N", "units of the cell (64)", \.hidden) { try wholeNumber($0, in: 1...4096) },
    ]
  }
}
