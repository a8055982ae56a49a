import StrataTensor

/// L = KL(t ‖ softmax(z)) = Σⱼ tⱼ (log tⱼ − log softmax(z)ⱼ), the mean over the rows, or their sum.
///
/// It is the cross-entropy of t and softmax(z) without the entropy of t, and 0 where both are the same:
/// what distillation makes small. 0 log 0 counts as 0.
///
/// PyTorch's `kl_div(log_softmax(z), t)` with reduction "batchmean", which takes log-probabilities for z.
///
/// - Shapes: logits z are [B, K], or have more axes before the last; t has the same shape, and its rows sum
///   to 1. Nothing is broadcast.
///
/// # Backward
/// Σⱼ tⱼ log tⱼ does not depend on z, so the gradient is that of ``SoftmaxCrossEntropy``: softmax(z) − t,
/// divided by B for the mean.
///
/// With `takesLogTargets` the target is log t, for which nothing underflows.
///
/// PyTorch's takes the mean over the elements unless it is given another reduction: see the article "Differences from
/// PyTorch".
public struct KullbackLeiblerDivergence: LogitLoss, Loss, SampleLoss {
  /// How the losses of a batch become one number.
  public let reduction: Reduction

  /// Whether the target holds the logarithms of the probabilities.
  public let takesLogTargets: Bool

  /// A loss with this reduction.
  public init(reduction: Reduction = .mean, takesLogTargets: Bool = false) {
    self.reduction = reduction
    self.takesLogTargets = takesLogTargets
  }

  /// Returns the loss, and its gradient by the output.
  public func evaluate(_ logits: consuming Tensor, _ target: Tensor) -> (value: Double, gradient: Tensor) {
    requireTarget(target, for: logits.shape, logits.dtype)
    let (value, gradient) = crossEntropy(reduction).evaluate(logits, probabilities(target))
    return (value + negativeEntropy(of: target) / divisor(of: target), gradient)
  }

  /// Returns the loss of each sample, and the gradient of their sum.
  public func samples(_ logits: consuming Tensor, _ target: Tensor) -> (values: Tensor, gradient: Tensor) {
    requireTarget(target, for: logits.shape, logits.dtype)
    let probabilities = probabilities(target)
    let (values, gradient) = crossEntropy(.sum).samples(logits, probabilities)
    // 0 log 0 counts as 0.
    let logarithms = takesLogTargets ? target : log(target)
    let entropies = Tensor.where(probabilities .> 0, probabilities * logarithms, probabilities).sum(along: -1)
    return (values + entropies, gradient)
  }

  /// Throws `TargetError` unless the target fits outputs of these shapes.
  public func validate(_ target: Tensor, for output: [Shape]) throws { try requireFit(of: target, for: output[0]) }

  /// Returns what the sum over the samples is divided by.
  public func divisor(of target: Tensor) -> Double {
    reduction.divisor(over: target.count / target.shape[-1])
  }

  private func probabilities(_ target: Tensor) -> Tensor { takesLogTargets ? exp(target) : target }

  private func crossEntropy(_ reduction: Reduction) -> SoftmaxCrossEntropy {
    var crossEntropy = SoftmaxCrossEntropy(reduction: reduction)
    crossEntropy.name = "KullbackLeiblerDivergence"
    return crossEntropy
  }

  private func negativeEntropy(of target: Tensor) -> Double {
    if takesLogTargets {
      let probabilities = exp(target)
      return Tensor.where(probabilities .> 0, probabilities * target, probabilities).total
    }
    func sum<T: KernelScalar>(_: T.Type) -> Double {
      parallelSum(over: target.count, grain: elementGrain) { range in
        T.negativeEntropy(range.count, target.pointer(at: range.lowerBound))
      }
    }
    return target.dtype.withKernels(for: "KullbackLeiblerDivergence") { sum($0) }
  }
}
