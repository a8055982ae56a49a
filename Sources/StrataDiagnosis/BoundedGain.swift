import StrataLayers
import StrataTensor

/// A layer that can tell the most by which its backward lengthens a gradient: ‖dx‖ ≤ gain bound · ‖dy‖.
///
/// The backward multiplies by the transposed Jacobian J of the forward, so the bound is ‖J‖₂: the spectral norm
/// of a weight, the largest slope of an activation. Any `Layer` may conform; what measures the
/// gradient's flow then shows the bound beside the gain measured. Over a chain of layers gains multiply, and so
/// do bounds.
///
/// Hochreiter, "Untersuchungen zu dynamischen neuronalen Netzen", 1991; Pascanu, Mikolov and Bengio, "On the
/// Difficulty of Training Recurrent Neural Networks", 2013.
public protocol BoundedGain: Layer {
  /// The bound at an input, that of a forward pass.
  func gainBound(at x: Tensor) -> Double
}
