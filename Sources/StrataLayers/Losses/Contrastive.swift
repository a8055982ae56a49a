import StrataTensor

/// L = ½ (t d² + (1 − t) max(0, m − d)²) with d = ‖a − b‖: rows that are alike, t = 1, are drawn together, the others, t = 0,
/// driven m apart; the mean over the rows, or their sum.
///
/// - Shapes: the two outputs a and b are [B, D], the target t is [B], each 1 or 0.
///
/// # Backward
/// dL/da = (t − (1 − t) max(0, m − d) / d) (a − b) and dL/db = −dL/da, divided by B for the mean; at d = 0, where the distance
/// has no slope, 0.
///
/// Hadsell, Chopra and LeCun, "Dimensionality Reduction by Learning an Invariant Mapping", 2006.
public struct Contrastive: SampleObjective {
  public typealias Output = Pair<Tensor, Tensor>
  public typealias Target = Tensor

  /// m: the distance from which on rows that are not alike cost nothing.
  public let margin: Double
  /// How the losses of a batch become one number.
  public let reduction: Reduction

  /// A loss with this margin.
  public init(margin: Double = 1, reduction: Reduction = .mean) {
    requireOption("Contrastive: margin", margin, .positive)
    self.margin = margin
    self.reduction = reduction
  }

  public func samples(
    _ output: consuming Pair<Tensor, Tensor>, _ target: Tensor
  ) -> (values: Tensor, gradient: Pair<Tensor, Tensor>) {
    let output = output
    requireRows(output, target)
    let (difference, t) = (output.first - output.second, target.expanded(at: 1))
    let distances = difference.norm(along: 1, keepingAxis: true)
    let short = relu(margin - distances)
    let values = 0.5 * (t * distances * distances + (1 - t) * short * short)
    let push = (short / distances).replacing(with: 0, where: distances .== 0)
    let slope = (t - (1 - t) * push) * difference
    return (values.squeezed(1), Pair(slope, -slope))
  }

  public func validate(_ target: Tensor, for output: [Shape]) throws { try requireTargets(target, 1, 0) }
}
