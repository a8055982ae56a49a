import StrataTensor

/// L = (1 − p)^γ · (−log p) with p = softmax(z)_y, the probability of the true class y; the mean over the samples, or their
/// sum.
///
/// The cross-entropy with less weight for what is classified well already, so that many easy samples do not outweigh few
/// hard ones. γ = 0 gives ``SoftmaxCrossEntropy``.
///
/// - Shapes: logits z are [B, K], or have more axes before the last, or with `axis: 1` are [B, K, …]; the target is `int32`
///   class indices, of the shape without the classes.
///
/// # Backward
/// With ℓ = −log p, so that p = e^−ℓ: dL/dℓ = (1 − p)^γ + γ (1 − p)^(γ − 1) p ℓ, times the gradient p_j − [j = y] of the
/// cross-entropy ℓ; divided by the number of samples for the mean. 1 − p is taken as −expm1(−ℓ), and nothing cancels.
///
/// Lin, Goyal, Girshick, He and Dollár, "Focal Loss for Dense Object Detection", 2017.
public struct Focal: LogitLoss, Loss, SampleLoss {
  /// γ: how much less well classified samples count.
  public let gamma: Double
  private let crossEntropy: SoftmaxCrossEntropy

  /// A loss with this exponent.
  public init(gamma: Double = 2, reduction: Reduction = .mean, ignoredIndex: Int? = nil, axis: Int = -1) {
    requireOption("Focal: gamma", gamma, .notNegative)
    self.gamma = gamma
    var crossEntropy = SoftmaxCrossEntropy(reduction: reduction, ignoredIndex: ignoredIndex, axis: axis)
    crossEntropy.name = "Focal"
    self.crossEntropy = crossEntropy
  }

  /// How the losses of a batch become one number.
  public var reduction: Reduction { crossEntropy.reduction }
  /// The class index of samples that do not count.
  public var ignoredIndex: Int? { crossEntropy.ignoredIndex }
  /// The axis of the classes; −1 is the last.
  public var axis: Int { crossEntropy.axis }

  /// Returns the loss of each sample, and the gradient of their sum.
  public func samples(_ logits: consuming Tensor, _ target: Tensor) -> (values: Tensor, gradient: Tensor) {
    requireIndices(target)
    let (losses, gradient) = crossEntropy.samples(logits, target)
    let (values, slopes) = losses.focused(by: gamma)
    return (values, gradient * crossEntropy.spread(slopes, over: gradient.shape))
  }

  /// Returns what each sample counts in the mean; nil for 1 each.
  public func weights(of target: Tensor) -> Tensor? { crossEntropy.weights(of: target) }

  /// Returns numbers of the samples in a shape that broadcasts over a gradient.
  public func spread(_ numbers: Tensor, over gradient: Shape) -> Tensor { crossEntropy.spread(numbers, over: gradient) }

  /// Returns what the sum over the samples is divided by.
  public func divisor(of target: Tensor) -> Double { crossEntropy.divisor(of: target) }

  /// Throws `TargetError` unless the target fits outputs of these shapes.
  public func validate(_ target: Tensor, for output: [Shape]) throws { try crossEntropy.validate(target, for: output) }
}

extension Tensor {
  /// (1 − e^−ℓ)^γ ℓ of cross-entropies ℓ, and its derivative.
  func focused(by gamma: Double) -> (values: Tensor, slopes: Tensor) {
    let rest = -expm1(-self)
    let factor = pow(rest, gamma)
    // ℓ / (1 − p), whose limit at ℓ = 0 is 1; p ℓ at infinity is 0.
    let quotient = Tensor.where(self .== 0, self + 1, self / rest)
    let (probability, isInfinite) = (exp(-self), self .== .infinity)
    let share = (probability * quotient).replacing(with: 0, where: isInfinite)
    return (factor * self, factor * (1 + gamma * share))
  }
}
