/// The journal of a sweep is that of another sweep: over other ranges, by another strategy, or with another seed.
public struct SweepError: Error, Equatable, Sendable {
  /// The path of the journal.
  public let path: String

  /// The sweep whose journal it is, in words.
  public let found: String

  /// This sweep, in words.
  public let expected: String
}

extension SweepError: CustomStringConvertible {
  /// One line with both sweeps, and what to do.
  public var description: String {
    "\(path): it is the journal of another sweep, \(found), and this is \(expected); give another path, or remove the file"
  }
}
