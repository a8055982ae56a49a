/// A fault found by a check.
public struct ConformanceFault: Error, Sendable, CustomStringConvertible {
  /// The expected result.
  public let expected: String

  /// The actual result.
  public let found: String

  /// The place: a tensor and its element, a shape, or a call.
  public let place: String

  /// The usual cause.
  public let cause: String

  init(expected: String, found: String, place: String, cause: String) {
    self.expected = expected
    self.found = found
    self.place = place
    self.cause = cause
  }

  /// Returns the same fault with the input at which it was found.
  func at(_ input: String) -> ConformanceFault {
    ConformanceFault(expected: expected, found: found, place: "\(place), \(input)", cause: cause)
  }

  public var description: String {
    """
        expected: \(expected)
        found:    \(found)
        where:    \(place)
        likely:   \(cause)
    """
  }
}

extension ConformanceFault {
  init(_ mismatch: GradientMismatch) {
    self.init(
      expected: "\(mismatch.numeric) by differences of forward", found: "\(mismatch.analytic) by backward",
      place: "the gradient of \(mismatch.tensor) at \(mismatch.place)", cause: mismatch.cause)
  }
}
