import StrataTensor

/// L = mean over all elements of a (1 − p)^γ · (−log p), with p = σ(z) where t = 1 and 1 − σ(z) where t = 0; or their sum.
///
/// a is α for targets 1 and 1 − α for targets 0, or 1 without α. γ = 0 gives ``BinaryCrossEntropyWithLogits``.
/// torchvision's `sigmoid_focal_loss`.
///
/// - Shapes: logits z and targets t, each 0 or 1, have the same shape; nothing is broadcast.
///
/// # Backward
/// As for ``Focal``, with the gradient σ(z) − t of the binary cross-entropy; divided by N for the mean over N elements.
///
/// Lin, Goyal, Girshick, He and Dollár, "Focal Loss for Dense Object Detection", 2017.
public struct BinaryFocal: LogitLoss, Loss, SampleLoss {
  /// γ: how much less well classified elements count.
  public let gamma: Double
  /// α: the weight of targets 1, where that of targets 0 is 1 − α; nil for equal weights of 1.
  public let alpha: Double?
  /// How the losses of a batch become one number.
  public let reduction: Reduction

  /// A loss with this exponent, and weight of positive targets.
  public init(gamma: Double = 2, alpha: Double? = 0.25, reduction: Reduction = .mean) {
    requireOption("BinaryFocal: gamma", gamma, .notNegative)
    if let alpha { requireOption("BinaryFocal: alpha", alpha, .fraction) }
    (self.gamma, self.alpha) = (gamma, alpha)
    self.reduction = reduction
  }

  public func samples(_ logits: consuming Tensor, _ target: Tensor) -> (values: Tensor, gradient: Tensor) {
    requireTarget(target, for: logits.shape, logits.dtype)
    let (losses, gradient) = BinaryCrossEntropyWithLogits().samples(logits, target)
    let (values, slopes) = losses.focused(by: gamma)
    guard let alpha else { return (values, gradient * slopes) }
    let factors = alpha * target + (1 - alpha) * (1 - target)
    return (values * factors, gradient * slopes * factors)
  }

  public func validate(_ target: Tensor, for output: [Shape]) throws {
    try requireFit(of: target, for: output[0])
    guard ((target .== 0) + (target .== 1)).min().item == 1 else {
      throw TargetError("BinaryFocal: targets must be 0 or 1")
    }
  }
}
