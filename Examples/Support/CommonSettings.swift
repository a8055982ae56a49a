/// What can be set for every example.
public struct CommonSettings: Sendable, Equatable {
  /// How often training goes through the data.
  public var epochs: Int

  /// The examples of a step.
  public var batch: Int

  /// The optimizer's step size.
  public var learningRate: Double

  /// What initial weights and the order of examples follow from.
  public var seed: UInt64 = 0

  /// How many threads share the work; nil for as many as there are cores.
  public var workers: Int?

  /// Whether to print the result alone.
  public var isQuiet = false

  /// Whether to end with a JSON object.
  public var printsJSON = false

  /// The directory with the data; nil for the bundled set.
  public var data: String?

  /// An example's defaults.
  public init(epochs: Int, batch: Int, learningRate: Double) {
    self.epochs = epochs
    self.batch = batch
    self.learningRate = learningRate
  }
}
