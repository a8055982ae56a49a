/// Which score of a sweep is best.
public enum SweepGoal: String, Sendable {
  /// The least, as of a loss.
  case least
  /// The greatest, as of an accuracy.
  case greatest
}

extension SweepGoal {
  /// Returns outcomes, the best first.
  func ranked(_ outcomes: [SweepResult.Outcome]) -> [SweepResult.Outcome] {
    func key(_ outcome: SweepResult.Outcome) -> Double {
      guard let score = outcome.score, !score.isNaN else { return .infinity }
      return self == .least ? score : -score
    }
    func isRanked(_ outcome: SweepResult.Outcome) -> Bool { outcome.score.map { !$0.isNaN } ?? false }
    return outcomes.sorted { one, other in
      if isRanked(one) != isRanked(other) { return isRanked(one) }
      if one.budget != other.budget { return one.budget > other.budget }
      return key(one) != key(other) ? key(one) < key(other) : one.trial < other.trial
    }
  }
}
