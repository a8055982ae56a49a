/// A gradient that backward computed and that differences of forward contradict.
public struct GradientMismatch: Error, Sendable, CustomStringConvertible {
  /// The type of the layer or loss.
  public let layer: String

  /// The parameter's path, or "input".
  public let tensor: String

  /// The index of the entry that differs most, or the direction.
  public let place: String

  /// What backward gave.
  public let analytic: Double

  /// What differences of forward give.
  public let numeric: Double

  /// The absolute difference.
  public let error: Double

  /// What usually leads to such a difference.
  public let cause: String

  public var description: String {
    "\(layer): the gradient of \(tensor) at \(place) is \(analytic) by backward, \(numeric) by differences "
      + "(error \(error)); likely cause: \(cause)"
  }
}
