import ExampleSupport

/// The command-line settings of `reverse`.
struct ReverseSettings: ExampleSettings {
  static let program = "reverse"
  static let summary = "Trains an encoder–decoder that reverses or sorts a sequence of digits, as its first token says."

  var common = CommonSettings(epochs: 10, batch: 64, learningRate: 2e-3)
  var features = 64
  var heads = 4
  var layers = 2
  var length = 12
  var examples = 6400

  static let readsData = false

  static var ownOptions: [Option<ReverseSettings>] {
    [
      Option("--features", "N", "features of a token (64)", \.features) { try wholeNumber($0, in: 1...65_536) },
      Option("--heads", "N", "heads of attention, which divide the features (4)", \.heads) {
        try wholeNumber($0, in: 1...1024)
      },
      Option("--layers", "N", "layers of the encoder, and of the decoder (2)", \.layers) {
        try wholeNumber($0, in: 1...1024)
      },
      Option("--length", "N", "digits of a sequence, at most (12)", \.length) { try wholeNumber($0, in: 2...1024) },
      Option("--examples", "N", "examples per epoch (6400)", \.examples) { try wholeNumber($0, in: 1...100_000_000) },
    ]
  }
}
