/// A gradient that holds NaN or an infinity, found before any parameter was changed.
public struct NonFiniteGradientError: Error, Sendable, Equatable, CustomStringConvertible {
  /// The first bad gradient's parameter, by its path.
  public let parameter: String

  /// The index of its first element that is not finite, in row-major order.
  public let element: Int

  public var description: String {
    "the gradient of \(parameter) is not finite at element \(element); no parameter was changed. "
      + "Lower the learning rate, clip gradients by norm, or look at the inputs for NaN"
  }
}
