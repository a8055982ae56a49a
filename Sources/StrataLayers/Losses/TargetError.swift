/// A target that a loss cannot take: labels that are no classes of the output, or a shape that does not fit.
public struct TargetError: Error, Sendable, Equatable, CustomStringConvertible {
  /// The loss, what it was given, and what it expects.
  public let description: String

  /// An error of this message.
  public init(_ description: String) { self.description = description }
}
