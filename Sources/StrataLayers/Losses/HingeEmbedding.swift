import StrataTensor

/// L = mean over all elements of y where t = 1, max(0, m − y) where t = −1, or their sum: y is a distance, which is made
/// small for what is alike, and at least m for what is not.
///
/// - Shapes: output y and target t, each 1 or −1, have the same shape; nothing is broadcast.
///
/// # Backward
/// dL/dy = 1 where t = 1, −1 where t = −1 and y < m, else 0; divided by N for the mean over N elements.
public struct HingeEmbedding: Loss, ElementwiseLoss {
  /// m: the distance from which on nothing is lost.
  public let margin: Double
  /// How the losses of a batch become one number.
  public let reduction: Reduction

  /// A loss with this margin.
  public init(margin: Double = 1, reduction: Reduction = .mean) {
    requireOption("HingeEmbedding: margin", margin, .finite)
    self.margin = margin
    self.reduction = reduction
  }

  package var element: (kernel: LossKernel, parameter: Double) { (.hingeEmbedding, margin) }

  package func problem(of target: Tensor) -> String? { problem(ofSigns: target) }
}
