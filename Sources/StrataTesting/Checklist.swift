import StrataTensor

/// Makes checks one after the other, and notes how each ended.
struct Checklist {
  private(set) var report: ConformanceReport
  /// Checks that are not to be made, with the reason.
  let skipping: [String: String]

  /// Thrown by a check that cannot be made.
  struct Skip: Error {
    let reason: String
    init(_ reason: String) { self.reason = reason }
  }

  init(_ subject: String, skipping: [String: String] = [:]) {
    report = ConformanceReport(subject: subject)
    self.skipping = skipping
  }

  /// Makes a check, which returns what it looked at, or throws a fault or a ``Skip``.
  mutating func check(_ name: String, _ body: () throws -> String) throws {
    report.entries.append(.init(check: name, outcome: try outcome(of: name, body)))
  }

  private func outcome(of name: String, _ body: () throws -> String) throws -> ConformanceReport.Entry.Outcome {
    if let reason = skipping[name] { return .skipped(reason) }
    do {
      // What stops in the code that is checked cannot be caught: the message says how it came to run.
      return .passed(try StopNote.$current.withValue("(checking \(report.subject): \(name))", operation: body))
    } catch let skip as Skip {
      return .skipped(skip.reason)
    } catch let fault as ConformanceFault {
      return .failed(fault)
    } catch let mismatch as GradientMismatch {
      return .failed(ConformanceFault(mismatch))
    }
  }

  /// Adds the entries of another report, whose checks are named with a prefix.
  mutating func add(_ other: ConformanceReport, under prefix: String) {
    report.entries += other.entries.map { .init(check: "\(prefix): \($0.check)", outcome: $0.outcome) }
  }

  /// The report, where all holds.
  func finish() throws -> ConformanceReport {
    if !report.failed.isEmpty { throw ConformanceError(report: report) }
    return report
  }
}

/// Stops a check with a fault unless `condition` holds.
func demand(
  _ condition: Bool, expected: @autoclosure () -> String, found: @autoclosure () -> String,
  at place: @autoclosure () -> String,
  cause: @autoclosure () -> String
) throws {
  if !condition { throw ConformanceFault(expected: expected(), found: found(), place: place(), cause: cause()) }
}
