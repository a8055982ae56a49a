import StrataTensor

/// y = x where x > 0, else a·x with a small slope a, elementwise.
///
/// - Shapes: any; y has the shape of x.
///
/// # Backward
/// dx = dy where x > 0, else a·dy; at x = 0 the slope a is taken, as in PyTorch.
/// The cache is y, whose sign is that of x since a ≥ 0. The next layer caches it too, so it takes no additional memory.
///
/// Maas, Hannun and Ng, "Rectifier Nonlinearities Improve Neural Network Acoustic Models", 2013.
public struct LeakyReLU: Layer, Activation {
  /// a, the slope below 0.
  public let slope: Double

  public let function: ActivationFunction

  public init(slope: Double = 0.01) {
    require(
      slope >= 0 && slope.isFinite,
      "LeakyReLU(slope: \(slope)): the slope must be finite and not negative; PReLU can learn one that is")
    self.slope = slope
    function = ActivationFunction(.leakyReLU, slope, keeping: .output)
  }

  public var description: String { "LeakyReLU(slope: \(slope))" }
}
