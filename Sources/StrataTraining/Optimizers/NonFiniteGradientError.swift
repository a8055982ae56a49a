/// A gradient, or a batch's value of a running statistic, that holds NaN or an infinity, found before anything was
/// changed.
public struct NonFiniteGradientError: Error, Sendable, Equatable, CustomStringConvertible {
  /// The first bad gradient's parameter, else the first bad statistic, by its path.
  public let parameter: String

  /// The index of its first element that is not finite, in row-major order.
  public let element: Int

  /// Whether it is a statistic that a layer observed, such as a running variance.
  public let isStatistic: Bool

  public var description: String {
    let (what, remedy) =
      isStatistic
      ? ("the batch's value of", "Scale the inputs down, lower the learning rate")
      : ("the gradient of", "Lower the learning rate, clip gradients by norm")
    return
      "\(what) \(parameter) is not finite at element \(element); no parameter was changed. \(remedy), or look at the "
      + "inputs for NaN"
  }
}
