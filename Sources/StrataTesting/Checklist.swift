import StrataTensor

/// A list that runs checks one after the other and records their outcomes.
struct Checklist {
  private(set) var report: ConformanceReport
  /// The checks to skip, each with the reason.
  let skipping: [String: String]

  /// An error thrown by a check that does not apply.
  struct Skip: Error {
    let reason: String
    init(_ reason: String) { self.reason = reason }
  }

  init(_ subject: String, skipping: [String: String] = [:]) {
    report = ConformanceReport(subject: subject)
    self.skipping = skipping
  }

  /// Runs a check, which returns a description of what it covered, or throws a fault or a ``Skip``.
  mutating func check(_ name: String, _ body: () throws -> String) throws {
    report.entries.append(.init(check: name, outcome: try outcome(of: name, body)))
  }

  private func outcome(of name: String, _ body: () throws -> String) throws -> ConformanceReport.Entry.Outcome {
    if let reason = skipping[name] { return .skipped(reason) }
    do {
      // A stop in the checked code cannot be caught, so its message names the check that ran it.
      return .passed(try StopNote.scope.with("(checking \(report.subject): \(name))", body))
    } catch let skip as Skip {
      return .skipped(skip.reason)
    } catch let fault as ConformanceFault {
      return .failed(fault)
    } catch let mismatch as GradientMismatch {
      return .failed(ConformanceFault(mismatch))
    }
  }

  /// Adds the entries of another report, with a prefix to the names of its checks.
  mutating func add(_ other: ConformanceReport, under prefix: String) {
    report.entries += other.entries.map { .init(check: "\(prefix): \($0.check)", outcome: $0.outcome) }
  }

  /// Returns the report, or throws it if a check failed.
  func finish() throws -> ConformanceReport {
    if !report.failed.isEmpty { throw ConformanceError(report: report) }
    return report
  }
}

/// Throws a fault unless `condition` holds.
func demand(
  _ condition: Bool, expected: @autoclosure () -> String, found: @autoclosure () -> String,
  at place: @autoclosure () -> String,
  cause: @autoclosure () -> String
) throws {
  if !condition { throw ConformanceFault(expected: expected(), found: found(), place: place(), cause: cause()) }
}
