import ExampleSupport

/// The command-line settings of `pytorch-transfer`.
struct PyTorchTransferSettings: ExampleSettings {
  static let program = "pytorch-transfer"
  static let summary =
    "Takes the first layers of a network that PyTorch has trained on the digits 0 to 4, and learns all ten from few images."

  var common = CommonSettings(epochs: 30, batch: 16, learningRate: 3e-3)
  var images = 100
  var weights: String?
  var save: String?

  static var ownOptions: [Option<PyTorchTransferSettings>] {
    [
      Option("--images", "N", "images to learn from (100)", \.images) { try wholeNumber($0, in: 1...1_000_000) },
      Option("--weights", "FILE", "the state_dict to start from, safetensors or .pt (the bundled one)", \.weights) {
        try path($0)
      },
      Option("--save", "FILE", "write the trained weights for PyTorch, as safetensors", \.save) { try newFile($0) },
    ]
  }
}
