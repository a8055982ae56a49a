import ExampleSupport

/// The command-line settings of `mnist-1d`.
struct MNIST1DSettings: ExampleSettings {
  enum ModelName: String, CaseIterable { case logistic, mlp, cnn, gru }

  static let program = "mnist-1d"
  static let summary =
    "Trains a model on MNIST-1D: signals of 40 numbers, each of ten shapes padded, scaled, moved, sheared and in noise."

  var common = CommonSettings(epochs: 100, batch: 100, learningRate: 1e-2)
  var model = ModelName.cnn
  var isShuffled = false

  /// The data are generated.
  static let readsData = false

  static var ownOptions: [Option<MNIST1DSettings>] {
    [
      Option("--model", "NAME", "logistic, mlp, cnn or gru (cnn)", \.model) { try oneOf(ModelName.self, $0) },
      Option("--shuffled", "put the 40 numbers in another order, the same for all signals", \.isShuffled),
    ]
  }
}
