/// What one check found wrong.
public struct ConformanceFault: Error, Sendable, CustomStringConvertible {
  /// What should have been.
  public let expected: String

  /// What was.
  public let found: String

  /// Where: the tensor and its element, the shape, the call.
  public let place: String

  /// What usually leads to it.
  public let cause: String

  init(expected: String, found: String, place: String, cause: String) {
    self.expected = expected
    self.found = found
    self.place = place
    self.cause = cause
  }

  /// The same fault, found at an input of some shape.
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
