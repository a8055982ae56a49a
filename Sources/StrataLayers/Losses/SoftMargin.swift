import StrataTensor

/// L = mean over all elements of log(1 + e^(−ty)), or their sum: the logistic loss of targets 1 and −1.
///
/// ``BinaryCrossEntropyWithLogits`` is the same for targets 1 and 0. Stable for any finite logit.
///
/// - Shapes: logits y and target t, each 1 or −1, have the same shape; nothing is broadcast.
///
/// # Backward
/// dL/dy = −t σ(−ty), divided by N for the mean over N elements.
public struct SoftMargin: LogitLoss, Loss, ElementwiseLoss {
  /// How the losses of a batch become one number.
  public let reduction: Reduction

  /// A loss with this reduction.
  public init(reduction: Reduction = .mean) { self.reduction = reduction }

  package var element: (kernel: LossKernel, parameter: Double) { (.softMargin, 0) }

  package func problem(of target: Tensor) -> String? { problem(ofSigns: target) }
}
