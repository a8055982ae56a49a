import StrataLayers
import StrataTensor

/// A layer with a known bound on the gain of its backward: ‖dx‖ ≤ bound · ‖dy‖.
///
/// The backward multiplies by the transposed Jacobian J of the forward, so the bound is ‖J‖₂: the spectral norm
/// of a weight, the largest slope of an activation. Any `Layer` may conform; ``GradientFlow`` then shows the bound
/// beside the measured gain. Along a chain of layers, gains multiply and so do bounds.
///
/// Hochreiter, "Untersuchungen zu dynamischen neuronalen Netzen", 1991; Pascanu, Mikolov and Bengio, "On the
/// Difficulty of Training Recurrent Neural Networks", 2013.
public protocol BoundedGain: Layer {
  /// Returns the bound at the input of a forward pass.
  func gainBound(at x: Tensor) -> Double
}
