/// An error that lists the checks that a layer, cell, loss or optimizer fails.
public struct ConformanceError: Error, Sendable, CustomStringConvertible {
  /// The report of all checks, including those that passed.
  public let report: ConformanceReport

  /// The faults, check by check.
  public var failed: [(check: String, fault: ConformanceFault)] { report.failed }

  public var description: String {
    let names = failed.map { "\($0.check)\n\($0.fault)" }.joined(separator: "\n  ")
    return "\(report.subject) fails \(failed.count) of \(report.entries.count) checks:\n  \(names)"
  }
}
