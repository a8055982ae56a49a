import StrataTensor

/// y = silu(a) ⊙ b, where a and b are the halves of each row of x, and silu(a) = a σ(a).
///
/// - Shapes: x is [B, …, 2D], y is [B, …, D].
///
/// # Backward
/// da = silu′(a) ⊙ b ⊙ dy and db = silu(a) ⊙ dy, with silu′(a) = σ(a) (1 + a (1 − σ(a))). The cache is a and b.
///
/// Shazeer, "GLU Variants Improve Transformer", 2020.
public struct SwiGLU: Layer, GatedRows {
  public let gate = ActivationFunction(.silu, keeping: .input)

  /// A layer that halves its rows.
  public init() {}
}
