import StrataTensor

/// y = x.
///
/// # Backward
/// dx = dy. Nothing is cached.
public struct Identity: Layer, CustomStringConvertible {
  /// Nothing.
  public struct Cache: Sendable {}

  /// Creates the layer.
  public init() {}

  public func forward(_ x: consuming Tensor) -> (Tensor, Cache) { (x, Cache()) }

  public func backward(_ dy: consuming Tensor, _ cache: consuming Cache, _ gradients: inout Gradients) -> Tensor { dy }

  public var description: String { "Identity()" }
}
