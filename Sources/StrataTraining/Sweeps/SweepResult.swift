import StrataTensor

/// What a sweep has found, as a table where it is printed.
public struct SweepResult: Sendable, Equatable {
  /// A trial that has ended.
  public struct Outcome: Sendable, Equatable, Codable {
    /// Which trial it is, from 0.
    public let trial: Int

    /// The budget that it was given last.
    public let budget: Int

    /// The value of each hyperparameter.
    public let values: [String: SweepValue]

    /// What the body returned; nil where it threw.
    public let score: Double?

    /// The error, where the body threw one.
    public let failure: String?
  }

  /// Every trial, the best first: those with a larger budget before others, then by score, then by number; those without a
  /// score that is a number come last.
  public let outcomes: [Outcome]

  /// The best trial; nil where all have failed.
  public var best: Outcome? { outcomes.first.flatMap { $0.score?.isNaN == false ? $0 : nil } }

  /// The trials that have failed, by number.
  public var failures: [Outcome] { outcomes.filter { $0.failure != nil }.sorted { $0.trial < $1.trial } }
}

extension SweepResult: CustomStringConvertible {
  /// A table of the trials, the best first.
  public var description: String {
    let names = Set(outcomes.flatMap(\.values.keys)).sorted()
    let rows = outcomes.map { outcome in
      ["\(outcome.trial)", "\(outcome.budget)"] + names.map { outcome.values[$0].map(Self.text) ?? "" }
        + [outcome.score.map(lossText) ?? outcome.failure ?? ""]
    }
    return table(
      [["trial", "budget"] + names + ["score"]] + rows, rightAligned: Set(0..<names.count + 2), hasTotal: false)
  }

  private static func text(_ value: SweepValue) -> String {
    guard case .number(let number) = value else { return "\(value)" }
    return shortText(number)
  }
}
