import StrataLayers
import StrataTensor

/// How many examples a step can take within a number of bytes: what ``Trainer/findBatchSize(on:within:maximum:)`` returns.
///
/// A step of n examples takes held + fixed + n · each bytes: ``heldBytes`` between steps, and what comes and goes in it.
public struct BatchSizePlan: Sendable, CustomStringConvertible {
  /// The bytes that a step may take.
  public let limit: Int

  /// What is held throughout: parameters, statistics, constants, the optimizer's memory.
  public let heldBytes: Int

  /// What a step takes besides, however few examples it has, such as gradients.
  public let fixedBytes: Int

  /// What it takes for each example: the example itself, caches, activations, their gradients.
  public let bytesPerExample: Int

  /// The most examples.
  public let batchSize: Int

  /// The most bytes alive in a step of this many examples, what is held among them.
  public func bytes(of examples: Int) -> Int { heldBytes + fixedBytes + examples * bytesPerExample }

  /// "1024 examples: 93,102,080 of 100,000,000 bytes, 17,218,560 held throughout and 73,832 an example"
  public var description: String {
    "\(batchSize) examples: \(grouped(bytes(of: batchSize))) of \(grouped(limit)) bytes, \(grouped(heldBytes)) held "
      + "throughout and \(grouped(bytesPerExample)) an example"
  }
}
