/// Two values that belong together: two inputs of a model, or its two outputs.
///
/// ```swift
/// let data = Examples(inputs: Pair(users, items), labels: ratings)
/// ```
///
/// A pair of groups of tensors is a ``TensorGroup``.
public struct Pair<First, Second> {
  /// The first value.
  public var first: First
  /// The second value.
  public var second: Second

  /// A pair of these values.
  public init(_ first: First, _ second: Second) { (self.first, self.second) = (first, second) }
}

extension Pair: Sendable where First: Sendable, Second: Sendable {}
extension Pair: Equatable where First: Equatable, Second: Equatable {}
