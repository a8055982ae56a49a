import StrataTensor

/// L = ½ (log σ² + (μ − t)² / σ²), the negative log-likelihood of t under a normal distribution, without ½ log 2π unless
/// `isFull`; the mean over all elements of t, or their sum.
///
/// The model gives log σ² and not σ², so that no output is out of range; PyTorch's takes σ², and at least ε of it.
///
/// - Shapes: the output is [B, 2D], or has more axes before the last: μ, then log σ², as for ``NormalDivergence``. The target
///   is [B, D].
///
/// # Backward
/// dL/dμ = (μ − t) / σ² and dL/d(log σ²) = ½ (1 − (μ − t)² / σ²), divided by the number of elements of t for the mean.
///
/// Nix and Weigend, "Estimating the Mean and Variance of the Target Probability Distribution", 1994.
///
/// PyTorch's takes variances: see the article "Differences from PyTorch".
public struct GaussianNLL: Loss, SampleLoss {
  /// Whether ½ log 2π is added.
  public let isFull: Bool
  /// How the losses of a batch become one number.
  public let reduction: Reduction

  /// A loss with this reduction.
  public init(isFull: Bool = false, reduction: Reduction = .mean) {
    self.isFull = isFull
    self.reduction = reduction
  }

  public func samples(_ output: consuming Tensor, _ target: Tensor) -> (values: Tensor, gradient: Tensor) {
    let output = output
    requireTarget(target, for: halved(output.shape), output.dtype)
    let width = target.shape[-1]
    let (means, logVariances) = (output.sliced(0..<width, along: -1), output.sliced(width..<2 * width, along: -1))
    let difference = means - target
    let scaled = difference * exp(-logVariances)
    let square = difference * scaled
    let values = 0.5 * (logVariances + square + (isFull ? 1.8378770664093453 : 0))  // log 2π
    return (values, Tensor(concatenating: [scaled, 0.5 * (1 - square)], along: -1))
  }

  public func spread(_ numbers: Tensor, over gradient: Shape) -> Tensor {
    Tensor(concatenating: [numbers, numbers], along: -1)
  }

  public func validate(_ target: Tensor, for output: [Shape]) throws {
    try requireFit(of: target, for: halved(output[0]))
  }

  private func halved(_ output: Shape) -> Shape {
    require(
      output.rank > 0 && output[-1] % 2 == 0,
      "GaussianNLL: needs means and log-variances [B, 2D], not shape \(output)")
    return output.withTrailing(output[-1] / 2)
  }
}
