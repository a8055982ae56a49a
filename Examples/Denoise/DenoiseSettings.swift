import ExampleSupport

/// The command-line settings of `denoise`.
struct DenoiseSettings: ExampleSettings {
  static let program = "denoise"
  static let summary =
    "Takes the noise out of images of digits by a convolutional autoencoder with transposed convolutions."

  var common = CommonSettings(epochs: 60, batch: 32, learningRate: 3e-3)
  var noise = 0.3
  var channels = 16

  static var ownOptions: [Option<DenoiseSettings>] {
    [
      Option("--noise", "X", "standard deviation of the noise; pixels are 0 to 1 (0.3)", \.noise) {
        try positiveNumber($0)
      },
      Option("--channels", "N", "channels of the outer layers; the inner ones have twice as many (16)", \.channels) {
        try wholeNumber($0, in: 1...1024)
      },
    ]
  }
}
