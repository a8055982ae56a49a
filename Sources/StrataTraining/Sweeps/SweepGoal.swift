/// Which score of a sweep is best.
public enum SweepGoal: String, Sendable {
  /// The least, as of a loss.
  case least
  /// The greatest, as of an accuracy.
  case greatest
}
