import StrataTensor

/// y = x, taken as a constant: nothing before it learns through it.
///
/// Layers before it in a ``Sequential`` run no backward: their parameters receive no gradient and no decay, and the
/// statistics that they track stay.
///
/// # Backward
/// dx = 0 by definition, not by the chain rule. Nothing is cached.
public struct StopGradient: Layer, CustomStringConvertible {
  /// Nothing.
  public struct Cache: Sendable {}

  /// Creates a stop.
  public init() {}

  public func forward(_ x: consuming Tensor) -> (Tensor, Cache) { (x, Cache()) }

  public func backward(
    _ dy: consuming Tensor, _ cache: consuming Cache, _ gradients: inout Gradients
  ) -> Tensor { Tensor(zeros: dy.shape, dtype: dy.dtype) }

  public func accumulate(_ dy: consuming Tensor, _ cache: consuming Cache, _ gradients: inout Gradients) {}

  public var stopsGradient: Bool { true }

  public var ignoresGradient: Bool { true }

  public var description: String { "StopGradient()" }
}
