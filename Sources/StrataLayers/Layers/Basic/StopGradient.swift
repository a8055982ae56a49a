import StrataTensor

/// y = x, taken as a constant: nothing before it learns through it.
///
/// # Backward
/// dx = 0, by decree and not by the chain rule. Nothing is cached.
public struct StopGradient: Layer, CustomStringConvertible {
  /// What `backward` needs of one `forward`.
  public struct Cache: Sendable {}

  /// A layer without options.
  public init() {}

  public func forward(_ x: consuming Tensor) -> (Tensor, Cache) { (x, Cache()) }

  public func backward(
    _ dy: consuming Tensor, _ cache: consuming Cache, _ gradients: inout Gradients
  ) -> Tensor { Tensor(zeros: dy.shape, dtype: dy.dtype) }

  public var description: String { "StopGradient()" }
}
