import Foundation

/// A temporary file that could not hold what was to be moved out of memory.
public struct SpillError: Error, Sendable, Equatable, CustomStringConvertible {
  /// What was done to the file.
  public enum Operation: String, Sendable {
    case make, write, read
  }

  /// What failed.
  public let operation: Operation

  /// Where the file is.
  public let directory: String

  /// The system's error number.
  public let code: Int32

  public var description: String {
    "cannot \(operation) a temporary file in \(directory): \(String(cString: strerror(code))); no parameter was "
      + "changed. Free some space there, or name a directory on another disk"
  }
}
