/// What a conformance check did, check by check.
public struct ConformanceReport: Sendable, CustomStringConvertible {
  /// One check, by its name.
  public struct Entry: Sendable, CustomStringConvertible {
    /// How a check ended.
    public enum Outcome: Sendable {
      /// It holds; with what was looked at.
      case passed(String)
      /// It was not made, and why.
      case skipped(String)
      /// It does not hold.
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

  /// The type that was checked, as it describes itself.
  public let subject: String

  /// The checks in the order in which they were made.
  public internal(set) var entries: [Entry] = []

  /// The names of the checks that hold.
  public var passed: [String] {
    entries.compactMap { if case .passed = $0.outcome { $0.check } else { nil } }
  }

  /// The checks that were not made, with the reason.
  public var skipped: [(check: String, reason: String)] {
    entries.compactMap { if case .skipped(let reason) = $0.outcome { ($0.check, reason) } else { nil } }
  }

  /// The checks that do not hold.
  public var failed: [(check: String, fault: ConformanceFault)] {
    entries.compactMap { if case .failed(let fault) = $0.outcome { ($0.check, fault) } else { nil } }
  }

  public var description: String { ([subject] + entries.map { "  \($0)" }).joined(separator: "\n") }
}
