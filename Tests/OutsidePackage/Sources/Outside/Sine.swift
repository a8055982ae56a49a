import Strata

/// y = sin(ωx), elementwise.
///
/// # Backward
/// dx = ω cos(ωx) dy. The cache is x.
public struct Sine: Layer, Activation {
  public let function: ActivationFunction

  public init(omega: Double = 1) {
    function = ActivationFunction(keeping: .input) { x in
      sin(omega * x)
    } pullback: { dy, x in
      omega * cos(omega * x) * dy
    }
  }

  public var description: String { "Sine()" }
}
