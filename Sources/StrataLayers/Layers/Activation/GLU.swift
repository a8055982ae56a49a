import StrataTensor

/// y = a ⊙ σ(b), where a and b are the halves of each row of x.
///
/// - Shapes: x is [B, …, 2D], y is [B, …, D].
///
/// # Backward
/// da = σ(b) ⊙ dy and db = a σ(b) (1 − σ(b)) ⊙ dy. The cache is a and b.
///
/// Dauphin, Fan, Auli and Grangier, "Language Modeling with Gated Convolutional Networks", 2017.
public struct GLU: Layer, GatedRows {
  public let gate = ActivationFunction(.sigmoid, keeping: .output)
  public var gateIsFirst: Bool { false }

  /// A layer that halves its rows.
  public init() {}
}
