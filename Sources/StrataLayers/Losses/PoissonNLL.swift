import StrataTensor

/// L = mean over all elements of eʸ − ty, the negative log-likelihood of counts t under a Poisson distribution of rate
/// eʸ, without log t!; or their sum.
///
/// With `isLogRate: false` the output is the rate itself, and the loss y − t log(y + ε). With `isFull` Stirling's
/// approximation of log t!, t log t − t + ½ log 2πt, is added for t > 1, which has no gradient.
///
/// - Shapes: output y and target t, which is not negative, have the same shape; nothing is broadcast.
///
/// # Backward
/// dL/dy = eʸ − t, of rates 1 − t / (y + ε); divided by N for the mean over N elements.
///
/// PyTorch's is NaN at an infinite logarithm of a rate whose count is 0: see the article "Differences from PyTorch".
public struct PoissonNLL: Loss, ElementwiseLoss {
  /// Whether the output is the logarithm of the rate.
  public let isLogRate: Bool
  /// Whether the term that depends on the target alone is added.
  public let isFull: Bool
  /// ε, added to a rate before its logarithm is taken.
  public let epsilon: Double
  /// How the losses of a batch become one number.
  public let reduction: Reduction

  /// A loss of logarithms of rates, or of rates.
  public init(isLogRate: Bool = true, isFull: Bool = false, epsilon: Double = 1e-8, reduction: Reduction = .mean) {
    requireOption("PoissonNLL: epsilon", epsilon, .notNegative)
    (self.isLogRate, self.isFull) = (isLogRate, isFull)
    self.epsilon = epsilon
    self.reduction = reduction
  }

  package var element: (kernel: LossKernel, parameter: Double) { isLogRate ? (.poisson, 0) : (.poissonRate, epsilon) }

  package func problem(of target: Tensor) -> String? {
    target.min().item < 0 ? "targets are counts, and one is \(target.min().item)" : nil
  }

  package func constants(of target: Tensor) -> Tensor? {
    guard isFull else { return nil }
    let counts = maximum(target, Tensor(repeating: 1, shape: [], dtype: target.dtype))
    let stirling = counts * log(counts) - counts + 0.5 * log(2 * Double.pi * counts)
    return Tensor.where(target .> 1, stirling, 0)
  }
}
