/// A report of the checks of a type, with the outcome of each.
public struct ConformanceReport: Sendable, CustomStringConvertible {
  /// One check and its outcome.
  public struct Entry: Sendable, CustomStringConvertible {
    /// The outcome of a check.
    public enum Outcome: Sendable {
      /// The check passed, with a description of what it covered.
      case passed(String)
      /// The check was skipped, for the given reason.
      case skipped(String)
      /// The check failed.
      case failed(ConformanceFault)
    }

    /// The name of the check.
    public let check: String
    public let outcome: Outcome

    public var description: String {
      switch outcome {
      case .passed(let detail): "passed   \(check)" + (detail.isEmpty ? "" : ": \(detail)")
      case .skipped(let reason): "skipped  \(check): \(reason)"
      case .failed(let fault): "FAILED   \(check)\n\(fault)"
      }
    }
  }

  /// The description of the checked value.
  public let subject: String

  /// The checks in the order in which they ran.
  public internal(set) var entries: [Entry] = []

  /// The names of the checks that passed.
  public var passed: [String] {
    entries.compactMap { if case .passed = $0.outcome { $0.check } else { nil } }
  }

  /// The checks that were skipped, each with the reason.
  public var skipped: [(check: String, reason: String)] {
    entries.compactMap { if case .skipped(let reason) = $0.outcome { ($0.check, reason) } else { nil } }
  }

  /// The checks that failed.
  public var failed: [(check: String, fault: ConformanceFault)] {
    entries.compactMap { if case .failed(let fault) = $0.outcome { ($0.check, fault) } else { nil } }
  }

  public var description: String { ([subject] + entries.map { "  \($0)" }).joined(separator: "\n") }
}
