import StrataTensor

/// Some examples of a ``Dataset``.
public struct Batch: Sendable {
  /// One example a row.
  public let inputs: Tensor

  /// The label of each.
  public let labels: Tensor

  /// Where each stands in the data set.
  public let indices: [Int]

  /// The number of examples.
  public var count: Int { indices.count }
}
