/// What ``compareRuns(_:_:)`` has found.
public struct RunComparison: Sendable, Equatable {
  /// How many steps both runs have, what the last has left counted as one.
  public let stepCount: Int

  /// How many of them, from the first on, have the same bits.
  public let equalCount: Int

  /// All tensors that differ in the first step in which one does, in the order in which the step meets or makes them; empty
  /// where no step differs.
  public let differences: [RunDifference]

  /// The first difference; nil where no step differs.
  public var first: RunDifference? { differences.first }
}

extension RunComparison: CustomStringConvertible {
  /// Where the runs begin to differ, and what to do to learn more.
  public var description: String {
    guard let first else {
      return stepCount == 0
        ? "the runs have no step in common" : "the runs have the same bits in all \(stepCount) records"
    }
    let most = 12
    var lines = ["the runs differ first in step \(first.step), after \(equalCount) records with the same bits:"]
    lines += differences.prefix(most).map { "  \($0)" }
    if differences.count > most { lines.append("  and \(differences.count - most) more tensors") }
    if differences.contains(where: { $0.entry == nil && $0.counterpart == $0.tensor }) {
      lines.append(
        "to see every entry, run both again with RunDigest(_, valuesAt: \(max(1, first.step - 1))...\(first.step))")
    }
    return lines.joined(separator: "\n")
  }
}
