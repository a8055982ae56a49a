import ExampleSupport

/// The command-line settings of `chain-cost`.
struct ChainCostSettings: ExampleSettings {
  static let program = "chain-cost"
  static let summary =
    "Multiplies a chain of square matrices from the inputs forward and from the loss backward, and compares the costs."
  static let readsData = false
  static let usesTrainer = false

  /// The epochs are rounds, of which the fastest counts.
  var common = CommonSettings(epochs: 20, batch: 1, learningRate: 1e-3)
  var factors = 32
  var largest = 512

  static var ownOptions: [Option<ChainCostSettings>] {
    [
      Option("--factors", "K", "matrices of a chain (32)", \.factors) { try wholeNumber($0, in: 1...10_000) },
      Option("--largest", "M", "rows of the largest matrices (512)", \.largest) { try wholeNumber($0, in: 64...8192) },
    ]
  }
}
