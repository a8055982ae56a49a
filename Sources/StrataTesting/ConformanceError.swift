/// Thrown where a layer, cell, loss or optimizer fails some of the checks: all of them, by name.
public struct ConformanceError: Error, Sendable, CustomStringConvertible {
  /// Every check that was made, those that hold included.
  public let report: ConformanceReport

  /// What is wrong, check by check.
  public var failed: [(check: String, fault: ConformanceFault)] { report.failed }

  public var description: String {
    let names = failed.map { "\($0.check)\n\($0.fault)" }.joined(separator: "\n  ")
    return "\(report.subject) fails \(failed.count) of \(report.entries.count) checks:\n  \(names)"
  }
}
