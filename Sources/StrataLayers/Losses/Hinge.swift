import StrataTensor

/// L = mean over all elements of max(0, m − ty), or of its square, or their sum: the loss of a support vector machine.
///
/// - Shapes: output y and target t, each 1 or −1, have the same shape; nothing is broadcast.
///
/// # Backward
/// dL/dy = −t where ty < m, else 0; of the square −2t (m − ty) there. Divided by N for the mean over N elements.
///
/// Cortes and Vapnik, "Support-Vector Networks", 1995.
public struct Hinge: Loss, ElementwiseLoss {
  /// m: the product of output and target from which on nothing is lost.
  public let margin: Double
  /// Whether each loss is squared, so that its slope is continuous.
  public let isSquared: Bool
  /// How the losses of a batch become one number.
  public let reduction: Reduction

  /// A loss with this margin.
  public init(margin: Double = 1, isSquared: Bool = false, reduction: Reduction = .mean) {
    requireOption("Hinge: margin", margin, .finite)
    self.margin = margin
    self.isSquared = isSquared
    self.reduction = reduction
  }

  package var element: (kernel: LossKernel, parameter: Double) { (isSquared ? .squaredHinge : .hinge, margin) }

  package func problem(of target: Tensor) -> String? { problem(ofSigns: target) }
}
