import StrataTensor

/// y = x − tanh x, elementwise.
///
/// - Shapes: any; y has the shape of x.
///
/// # Backward
/// dx = dy · tanh² x. The cache is x.
public struct Tanhshrink: Layer, Activation {
  public let function = ActivationFunction(keeping: .input) { x in
    (copy x) - tanh(x)
  } pullback: {
    $0 * pow(tanh($1), 2)
  }

  /// Creates the layer.
  public init() {}
}
