import StrataTensor

/// y = log(1 + e^(βx)) / β, elementwise: ReLU with the corner rounded off.
///
/// It is computed as max(x, 0) + log(1 + e^(−β|x|)) / β, which cannot overflow. PyTorch takes y = x
/// where βx > 20, which differs by 2.1·10⁻⁹ / β at most: see the article "Differences from PyTorch".
///
/// - Shapes: any; y has the shape of x.
///
/// # Backward
/// dy/dx = σ(βx), and e^(−βy) = 1 / (1 + e^(βx)) = 1 − σ(βx), so dx = dy · (1 − e^(−βy)).
/// The cache is y, which the next layer caches too, so it takes no additional memory.
///
/// Dugas, Bengio, Bélisle, Nadeau and Garcia, "Incorporating Second-Order Functional Knowledge for Better
/// Option Pricing", 2000.
public struct Softplus: Layer, Activation {
  /// β, the sharpness of the corner.
  public let beta: Double

  public let function: ActivationFunction

  public init(beta: Double = 1) {
    requireOption("Softplus: beta", beta, .positive)
    self.beta = beta
    function = ActivationFunction(.softplus, beta, keeping: .output)
  }

  public var description: String { "Softplus(beta: \(beta))" }
}
