import ExampleSupport

/// The command-line settings of `vanishing-gradients`.
struct VanishingSettings: ExampleSettings {
  static let program = "vanishing-gradients"
  static let summary =
    "Measures the gradient through deep stacks before training, as a table and as a plot."
  static let readsData = false
  static let usesTrainer = false

  var common = CommonSettings(epochs: 0, batch: 128, learningRate: 1e-3)
  var depth = 50
  var width = 64
  var svg: String?

  static var ownOptions: [Option<VanishingSettings>] {
    [
      Option("--depth", "N", "layers of each stack (50)", \.depth) { try wholeNumber($0, in: 2...1000) },
      Option("--width", "N", "features of each layer (64)", \.width) { try wholeNumber($0, in: 2...4096) },
      Option("--svg", "FILE", "write a plot of the gradient of each layer", \.svg) { try newFile($0) },
    ]
  }
}
