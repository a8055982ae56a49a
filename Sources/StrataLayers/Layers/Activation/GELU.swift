import StrataTensor

/// y = x Φ(x), elementwise, with Φ the distribution function of the standard normal distribution,
/// Φ(x) = (1 + erf(x/√2)) / 2; or its approximation y = x σ(v) = x (1 + tanh(v/2)) / 2 with
/// v = 2√(2/π) (x + 0.044715x³).
///
/// - Shapes: any; y has the shape of x.
///
/// # Backward
/// Φ' = φ, the density e^(−x²/2) / √(2π), so dx = dy · (Φ(x) + x φ(x)). For the approximation, with
/// σ' = σ(1 − σ): dx = dy · σ(v) (1 + x (1 − σ(v)) v') and v' = 2√(2/π) (1 + 3 · 0.044715x²).
/// The cache is x: y falls and rises again below 0 and does not tell which of two x it came from.
///
/// Hendrycks and Gimpel, "Gaussian Error Linear Units (GELUs)", 2016.
///
/// PyTorch's slope of the approximation is NaN far below 0: see the article "Differences from PyTorch".
public struct GELU: Layer, Activation {
  /// Which of the two functions is meant.
  public enum Form: Sendable {
    /// x Φ(x).
    case exact
    /// The approximation by the hyperbolic tangent, as GPT-2 has it.
    case tanh
  }

  /// The function computed.
  public let form: Form

  /// A layer of this form of the function.
  public init(_ form: Form = .exact) { self.form = form }

  public var function: ActivationFunction { form == .exact ? Self.exact : Self.tanh }

  private static let exact = ActivationFunction(.gelu, keeping: .input)
  private static let tanh = ActivationFunction(.geluTanh, keeping: .input)

  public var description: String { form == .exact ? "GELU()" : "GELU(.tanh)" }
}
