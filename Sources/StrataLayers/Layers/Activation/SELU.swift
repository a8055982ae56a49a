import StrataTensor

/// y = λx where x > 0, else λα(eˣ − 1), elementwise, with λ = 1.0507… and α = 1.6733…, for which normal numbers of mean 0
/// and variance 1 keep both through a layer: use it with ``Initializer/lecunNormal`` and ``AlphaDropout``.
///
/// - Shapes: any; y has the shape of x.
///
/// # Backward
/// dx = λ dy where y > 0, else dy · (y + λα), for λαeˣ = y + λα.
/// The cache is y, which the next layer caches too, so it takes no additional memory.
///
/// Klambauer, Unterthiner, Mayr and Hochreiter, "Self-Normalizing Neural Networks", 2017.
public struct SELU: Layer, Activation {
  public let function = ActivationFunction(.selu, keeping: .output)

  /// Creates the layer.
  public init() {}
}
