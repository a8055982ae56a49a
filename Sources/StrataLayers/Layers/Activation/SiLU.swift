import StrataTensor

/// y = x σ(x), elementwise; also known as swish.
///
/// - Shapes: any; y has the shape of x.
///
/// # Backward
/// With σ' = σ(1 − σ): dx = dy · σ(x) (1 + x (1 − σ(x))).
/// The cache is x: y falls and rises again below 0 and does not tell which of two x it came from.
///
/// Elfwing, Uchibe and Doya, "Sigmoid-Weighted Linear Units for Neural Network Function Approximation in
/// Reinforcement Learning", 2017.
public struct SiLU: Layer, Activation {
  /// Creates the layer.
  public init() {}

  public var function: ActivationFunction { Self.silu }
  private static let silu = ActivationFunction(.silu, keeping: .input)

  public var description: String { "SiLU()" }
}
