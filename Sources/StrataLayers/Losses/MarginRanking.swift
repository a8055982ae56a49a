import StrataTensor

/// L = mean over all elements of max(0, m − t (a − b)), or their sum: a is to be above b by m where t = 1, below where
/// t = −1.
///
/// - Shapes: the two outputs a and b and the target t, each 1 or −1, have the same shape; nothing is broadcast.
///
/// # Backward
/// Where t (a − b) < m, dL/da = −t and dL/db = t, else 0; divided by N for the mean over N elements.
public struct MarginRanking: SampleObjective {
  public typealias Output = Pair<Tensor, Tensor>
  public typealias Target = Tensor

  /// m: how far the one is to be above the other.
  public let margin: Double
  /// How the losses of a batch become one number.
  public let reduction: Reduction

  /// A loss with this margin.
  public init(margin: Double = 0, reduction: Reduction = .mean) {
    requireOption("MarginRanking: margin", margin, .finite)
    self.margin = margin
    self.reduction = reduction
  }

  public func samples(
    _ output: consuming Pair<Tensor, Tensor>, _ target: Tensor
  ) -> (values: Tensor, gradient: Pair<Tensor, Tensor>) {
    let output = output
    let shape = requireAlike(output)
    require(
      target.shape == shape && target.dtype == output.first.dtype,
      "MarginRanking: outputs of shape \(shape) need a target of their shape and type, not \(target.dtype) of \(target.shape)"
    )
    let (values, slopes) = Hinge(margin: margin).samples(output.first - output.second, target)
    return (values, Pair(slopes, -slopes))
  }

  public func validate(_ target: Tensor, for output: [Shape]) throws { try requireTargets(target, 1, -1) }
}
