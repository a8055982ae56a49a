import ExampleSupport

/// What the command line of `deep-linear` sets.
struct DeepLinearSettings: ExampleSettings {
  static let program = "deep-linear"
  static let summary =
    "Learns a linear map as a product of many matrices, which start Gaussian or orthogonal, and shows the "
    + "singular values of the product while it trains."
  static let readsData = false

  var common = CommonSettings(epochs: 40, batch: 50, learningRate: 0.05)
  var depth = 32
  var width = 32
  var inputs = 16
  var outputs = 8

  static var ownOptions: [Option<DeepLinearSettings>] {
    [
      Option("--depth", "N", "the factors of the product (32)", \.depth) { try wholeNumber($0, in: 1...1000) },
      Option("--width", "N", "the size between each two factors (32)", \.width) {
        try wholeNumber($0, in: 1...1024)
      },
      Option("--inputs", "N", "the size of an input (16)", \.inputs) { try wholeNumber($0, in: 1...1024) },
      Option("--outputs", "N", "the size of an output (8)", \.outputs) { try wholeNumber($0, in: 1...1024) },
    ]
  }

  /// The sizes of the product's factors, from the output's to the input's.
  var dimensions: [Int] { [outputs] + Array(repeating: width, count: depth - 1) + [inputs] }
}
