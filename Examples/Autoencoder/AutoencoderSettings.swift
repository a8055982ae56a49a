import ExampleSupport

/// The command-line settings of `autoencoder`.
struct AutoencoderSettings: ExampleSettings {
  static let program = "autoencoder"
  static let summary =
    "Encodes images of digits in a few numbers and decodes them again, with tied weights."

  var common = CommonSettings(epochs: 60, batch: 32, learningRate: 2e-3)
  var hidden = 128
  var code = 8

  static var ownOptions: [Option<AutoencoderSettings>] {
    [
      Option("--hidden", "N", "size of the hidden layers (128)", \.hidden) {
        try wholeNumber($0, in: 1...65_536)
      },
      Option("--code", "N", "size of the code (8)", \.code) {
        try wholeNumber($0, in: 1...65_536)
      },
    ]
  }
}
