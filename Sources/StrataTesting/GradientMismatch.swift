/// An error for a gradient that differs from the differences of the forward.
public struct GradientMismatch: Error, Sendable, CustomStringConvertible {
  /// The type of the layer or loss.
  public let layer: String

  /// The parameter's path, or "input".
  public let tensor: String

  /// The index of the entry that differs most, or the direction.
  public let place: String

  /// The value computed by backward.
  public let analytic: Double

  /// The value computed by differences of forward.
  public let numeric: Double

  /// The absolute difference.
  public let error: Double

  /// The likely cause.
  public let cause: String

  public var description: String {
    "\(layer): the gradient of \(tensor) at \(place) is \(analytic) by backward, \(numeric) by differences "
      + "(error \(error)); likely cause: \(cause)"
  }
}
