import ExampleSupport

/// What the command line of `autoencoder` sets.
struct AutoencoderSettings: ExampleSettings {
  static let program = "autoencoder"
  static let summary =
    "Squeezes images of digits into a few numbers and draws what can be read from them, with tied weights."

  var common = CommonSettings(epochs: 60, batch: 32, learningRate: 2e-3)
  var hidden = 128
  var code = 8

  static var ownOptions: [Option<AutoencoderSettings>] {
    [
      Option("--hidden", "N", "size of the hidden layer on either side (128)", \.hidden) {
        try wholeNumber($0, in: 1...65_536)
      },
      Option("--code", "N", "how many numbers an image becomes (8)", \.code) {
        try wholeNumber($0, in: 1...65_536)
      },
    ]
  }
}
