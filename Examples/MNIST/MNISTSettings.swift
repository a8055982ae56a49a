import ExampleSupport

/// The command-line settings of `mnist`.
struct MNISTSettings: ExampleSettings {
  enum OptimizerName: String, CaseIterable { case sgd, adam, adamw }

  static let program = "mnist"
  static let summary =
    "Trains a multilayer perceptron on the bundled digits, or on any images in the format of MNIST."

  var common = CommonSettings(epochs: 30, batch: 64, learningRate: 1e-3)
  var hidden = [256]
  var hasBatchNorm = false
  var dropout = 0.0
  var optimizer = OptimizerName.adam
  var clip: Double?
  var save: String?
  var load: String?

  static var ownOptions: [Option<MNISTSettings>] {
    [
      Option("--hidden", "N,N,…", "sizes of the hidden layers (256)", \.hidden) {
        try wholeNumbers($0, in: 1...65_536)
      },
      Option("--batchnorm", "batch normalization after each hidden linear layer", \.hasBatchNorm),
      Option("--dropout", "X", "share of hidden units dropped at random in each step (0)", \.dropout) {
        try fraction($0)
      },
      Option("--optimizer", "NAME", "sgd (with momentum), adam or adamw (adam)", \.optimizer) {
        try oneOf(OptimizerName.self, $0)
      },
      Option("--clip", "X", "scale gradients down to this global norm", \.clip) { try positiveNumber($0) },
      Option("--save", "FILE", "write the trained weights as safetensors", \.save) { try newFile($0) },
      Option("--load", "FILE", "start from saved weights; --epochs 0 only tests them", \.load) {
        try path($0)
      },
    ]
  }
}
