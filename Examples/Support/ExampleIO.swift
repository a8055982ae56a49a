import Foundation

/// The outputs of an example: one for results, one for everything else.
public struct ExampleIO: Sendable {
  private let output: @Sendable (String) -> Void
  private let errors: @Sendable (String) -> Void

  /// Creates outputs from two functions that receive whole lines.
  public init(output: @escaping @Sendable (String) -> Void, errors: @escaping @Sendable (String) -> Void) {
    self.output = output
    self.errors = errors
  }

  /// The process's standard output and standard error.
  public static let standard = ExampleIO(
    output: { FileHandle.standardOutput.write(Data(($0 + "\n").utf8)) },
    errors: { FileHandle.standardError.write(Data(($0 + "\n").utf8)) })

  /// Writes a line of results.
  public func say(_ line: String) { output(line) }

  /// Writes a line that is not part of the results.
  public func note(_ line: String) { errors(line) }
}
