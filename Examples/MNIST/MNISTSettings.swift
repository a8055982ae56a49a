import ExampleSupport

/// What the command line of `mnist` sets.
struct MNISTSettings: ExampleSettings {
  enum OptimizerName: String, CaseIterable { case sgd, adam, adamw }

  static let program = "mnist"
  static let summary =
    "Trains a multilayer perceptron on the bundled digits, or on any images in MNIST's files."

  var common = CommonSettings(epochs: 30, batch: 64, learningRate: 1e-3)
  var hidden = [256]
  var optimizer = OptimizerName.adam
  var clip: Double?
  var save: String?
  var load: String?

  static var ownOptions: [Option<MNISTSettings>] {
    [
      Option("--hidden", "N,N,…", "sizes of the hidden layers (256)") { s, text throws(UsageError) in
        s.hidden = try wholeNumbers(text, in: 1...65_536)
      },
      Option("--optimizer", "NAME", "sgd, adam or adamw (adam)") { s, text throws(UsageError) in
        s.optimizer = try oneOf(OptimizerName.self, text)
      },
      Option("--clip", "X", "scale gradients down to this global norm") { s, text throws(UsageError) in
        s.clip = try positiveNumber(text)
      },
      Option("--save", "FILE", "write the trained weights as safetensors") { s, text throws(UsageError) in
        s.save = try path(text)
      },
      Option("--load", "FILE", "start from saved weights; --epochs 0 only tests them") {
        s, text throws(UsageError) in
        s.load = try path(text)
      },
    ]
  }
}
