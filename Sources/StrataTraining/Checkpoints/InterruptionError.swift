/// A signal has ended training after a step, with a checkpoint.
public struct InterruptionError: Error, Equatable, CustomStringConvertible {
  /// SIGINT or SIGTERM.
  public let signal: Int32

  /// Where the checkpoint is.
  public let directory: String

  public var description: String {
    "training ended by signal \(signal); \(directory) has all that it needs to go on"
  }
}
