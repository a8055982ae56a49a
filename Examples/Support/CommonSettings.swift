import Foundation
import Strata

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

  /// The directory of the run's log; nil for none.
  public var log: String?

  /// Creates the default settings of an example.
  public init(epochs: Int, batch: Int, learningRate: Double) {
    self.epochs = epochs
    self.batch = batch
    self.learningRate = learningRate
  }
}

extension CommonSettings {
  /// Returns the callbacks that the settings ask for.
  ///
  /// - Parameter name: The subdirectory of one model's log, where an example trains several.
  /// - Throws: `DataError` if the log cannot be written.
  public func callbacks(for name: String? = nil) throws -> [any Callback] {
    guard let log else { return [] }
    let directory = name.map { (log as NSString).appendingPathComponent($0) } ?? log
    let settings: [String: any Sendable] = [
      "epochs": epochs, "batch": batch, "learning rate": learningRate, "seed": seed, "data": data ?? "bundled",
    ]
    return [try RunLog(directory, settings: settings)]
  }
}
