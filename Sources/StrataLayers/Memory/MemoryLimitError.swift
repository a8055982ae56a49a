/// No plan keeps to a memory limit.
public struct MemoryLimitError: Error, Sendable, Equatable, CustomStringConvertible {
  /// The limit asked for, in bytes.
  public let limit: Int

  /// The least that any plan needs, in bytes.
  public let leastPossible: Int

  public var description: String {
    "checkpointed(.within(bytes: \(limit))): the least possible for this input is \(leastPossible) bytes; allow that "
      + "much, or take smaller batches"
  }
}
