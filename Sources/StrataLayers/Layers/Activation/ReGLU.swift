import StrataTensor

/// y = max(a, 0) ⊙ b, where a and b are the halves of each row of x.
///
/// - Shapes: x is [B, …, 2D], y is [B, …, D].
///
/// # Backward
/// da = b ⊙ dy where a > 0, else 0, and db = max(a, 0) ⊙ dy. The cache is a and b.
///
/// Shazeer, "GLU Variants Improve Transformer", 2020.
public struct ReGLU: Layer, GatedRows {
  public let gate = ActivationFunction(.relu, keeping: .output)

  /// A layer that halves its rows.
  public init() {}
}
