import StrataTensor

/// y = round(x) or y = sign(x), whose gradient is passed straight through.
///
/// `.round` takes halves to the even integer, and `.sign` gives 0 at 0, as PyTorch does; NaN stays NaN in
/// both.
///
/// - Shapes: any; y has the shape of x.
///
/// # Backward
/// A step function's derivative is 0 almost everywhere, and nothing before it would learn. The
/// straight-through estimator takes it for the identity: dx = dy. Nothing is cached.
///
/// Bengio, Léonard and Courville, "Estimating or Propagating Gradients Through Stochastic Neurons", 2013.
///
/// PyTorch's sign of NaN is 0: see the article "Differences from PyTorch".
public struct StraightThrough: Layer, CustomStringConvertible {
  /// What is computed forward.
  public enum Step: String, Sendable, CaseIterable {
    case round, sign
  }

  /// The function of forward.
  public let step: Step

  /// Nothing.
  public struct Cache: Sendable {}

  /// A layer that applies `step`, and passes gradients as if it had not.
  public init(_ step: Step) { self.step = step }

  public func forward(_ x: consuming Tensor) -> (Tensor, Cache) {
    switch step {
    case .round: return (x.mapped(by: .round), Cache())
    case .sign: return (x.mapped(by: .sign), Cache())
    }
  }

  public func backward(_ dy: consuming Tensor, _ cache: consuming Cache, _ gradients: inout Gradients) -> Tensor { dy }

  public var description: String { "StraightThrough(.\(step))" }
}
