import ExampleSupport

/// The command-line settings of `checkpoint-memory`.
struct CheckpointMemorySettings: ExampleSettings {
  static let program = "checkpoint-memory"
  static let summary =
    "Runs the same deep network with each checkpoint strategy, and compares memory, matrix products and time."
  static let readsData = false
  static let usesTrainer = false

  /// The epochs are training steps.
  var common = CommonSettings(epochs: 3, batch: 1024, learningRate: 1e-3)
  var depth = 64
  var width = 1024

  static var ownOptions: [Option<CheckpointMemorySettings>] {
    [
      Option("--depth", "N", "repetitions of Linear and ReLU (64)", \.depth) { try wholeNumber($0, in: 2...1024) },
      Option("--width", "N", "features of each layer (1024)", \.width) { try wholeNumber($0, in: 2...65_536) },
    ]
  }
}
