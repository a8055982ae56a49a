import ExampleSupport

/// The command-line settings of `deep-linear`.
struct DeepLinearSettings: ExampleSettings {
  static let program = "deep-linear"
  static let summary =
    "Learns a linear map as a product of many matrices, initialized as Gaussian or orthogonal, and shows the "
    + "singular values of the product during training."
  static let readsData = false

  var common = CommonSettings(epochs: 40, batch: 50, learningRate: 0.05)
  var depth = 32
  var width = 32
  var inputs = 16
  var outputs = 8

  static var ownOptions: [Option<DeepLinearSettings>] {
    [
      Option("--depth", "N", "number of factors (32)", \.depth) { try wholeNumber($0, in: 1...1000) },
      Option("--width", "N", "inner size of the factors (32)", \.width) {
        try wholeNumber($0, in: 1...1024)
      },
      Option("--inputs", "N", "input size (16)", \.inputs) { try wholeNumber($0, in: 1...1024) },
      Option("--outputs", "N", "output size (8)", \.outputs) { try wholeNumber($0, in: 1...1024) },
    ]
  }

  /// The sizes of the factors, from the output to the input.
  var dimensions: [Int] { [outputs] + Array(repeating: width, count: depth - 1) + [inputs] }
}
