/// The settings that all examples share.
public struct CommonSettings: Sendable, Equatable {
  /// The number of training epochs.
  public var epochs: Int

  /// The number of examples per step.
  public var batch: Int

  /// The learning rate.
  public var learningRate: Double

  /// The seed of initial weights and of the order of examples.
  public var seed: UInt64 = 0

  /// The number of threads; nil for one per core.
  public var workers: Int?

  /// Whether to print only the result.
  public var isQuiet = false

  /// Whether to print a JSON object at the end.
  public var printsJSON = false

  /// The directory of the data; nil for the bundled digits.
  public var data: String?

  /// Creates the default settings of an example.
  public init(epochs: Int, batch: Int, learningRate: Double) {
    self.epochs = epochs
    self.batch = batch
    self.learningRate = learningRate
  }
}
