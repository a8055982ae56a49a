import StrataTensor

/// L = Σ_{j ≠ y} max(0, m − z_y + z_j)^p / K, the hinge loss of K classes with y the true one and p 1 or 2; the mean over
/// the samples, or their sum.
///
/// - Shapes: scores z are [B, K], or have more axes before the last; the target is `int32` class indices, of the shape
///   without the last axis.
///
/// # Backward
/// With h_j = max(0, m − z_y + z_j): dL/dz_j = p h_j^(p − 1) / K where h_j > 0, and dL/dz_y is minus their sum; divided by
/// the number of samples for the mean.
///
/// Crammer and Singer, "On the Algorithmic Implementation of Multiclass Kernel-based Vector Machines", 2001.
public struct MultiMargin: Loss, SampleLoss {
  /// m: how far the true class's score is to be above the others.
  public let margin: Double
  /// Whether the distances are squared: p = 2.
  public let isSquared: Bool
  private let classes: SoftmaxCrossEntropy

  /// A loss with this margin.
  public init(margin: Double = 1, isSquared: Bool = false, reduction: Reduction = .mean) {
    requireOption("MultiMargin: margin", margin, .positive)
    (self.margin, self.isSquared) = (margin, isSquared)
    var classes = SoftmaxCrossEntropy(reduction: reduction)
    classes.name = "MultiMargin"
    self.classes = classes
  }

  /// How the losses of a batch become one number.
  public var reduction: Reduction { classes.reduction }

  public func samples(_ output: consuming Tensor, _ target: Tensor) -> (values: Tensor, gradient: Tensor) {
    let output = output
    classes.requireTarget(target, for: output.shape, output.dtype)
    requireIndices(target)
    let (count, (own, places)) = (Double(output.shape[-1]), classes.own(output, target))
    let distances = output - (own - margin).reshaped(to: places.shape)
    // The true class's own distance, which is the margin, does not count.
    let zeros = Tensor(zeros: places.shape, dtype: output.dtype)
    let above = relu(distances).scattering(zeros, at: places, along: -1)
    let slopes = isSquared ? 2 * above : Tensor.where(isNaN(above), above, above .> 0)
    let gradient = (slopes / count).scattering(-slopes.sum(along: -1, keepingAxis: true) / count, at: places, along: -1)
    return ((isSquared ? above * above : above).sum(along: -1) / count, gradient)
  }

  public func validate(_ target: Tensor, for output: [Shape]) throws { try classes.validate(target, for: output) }
}
