import StrataTensor

/// y = gelu(a) ⊙ b, where a and b are the halves of each row of x, and gelu(a) = a Φ(a).
///
/// - Shapes: x is [B, …, 2D], y is [B, …, D].
///
/// # Backward
/// da = gelu′(a) ⊙ b ⊙ dy and db = gelu(a) ⊙ dy, with gelu′ as for ``GELU``. The cache is a and b.
///
/// Shazeer, "GLU Variants Improve Transformer", 2020.
public struct GEGLU: Layer, GatedRows {
  public let gate = ActivationFunction(.gelu, keeping: .input)

  /// A layer that halves its rows.
  public init() {}
}
