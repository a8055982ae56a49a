import StrataTensor

/// A step of a single example takes more memory than it may.
public struct BatchSizeError: Error, Sendable, Equatable, CustomStringConvertible {
  /// The bytes that a step may take.
  public let limit: Int

  /// What one of a single example takes, in bytes.
  public let leastPossible: Int

  public var description: String {
    "findBatchSize: a step of one example takes \(grouped(leastPossible)) bytes, and \(grouped(limit)) are allowed; allow "
      + "more, or keep less for backward: checkpointed(), Offloaded"
  }
}
