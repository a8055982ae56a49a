import StrataTensor

/// L = max(0, m + ‖a − p‖ − ‖a − n‖): the anchor a is to be nearer to the positive p than to the negative n, by m; the mean
/// over the rows, or their sum.
///
/// As in PyTorch, ε = 10⁻⁶ is added to each difference, whose norm so has a slope where two rows are the same. With `swaps`
/// the negative is compared with the nearer of anchor and positive. ``BatchHardTriplet`` finds the triplets in a batch.
///
/// - Shapes: the outputs a, p and n are [B, D]. The target is not read; give any tensor of B rows.
///
/// # Backward
/// With u = (a − p + ε) / ‖a − p + ε‖ and v = (a − n + ε) / ‖a − n + ε‖, where the loss is positive: dL/da = u − v,
/// dL/dp = −u, dL/dn = v; divided by B for the mean. Where the positive took the anchor's place, v comes from p − n and is
/// subtracted from dL/dp.
///
/// Balntas, Riba, Ponsa and Mikolajczyk, "Learning Local Feature Descriptors with Triplets and Shallow Convolutional Neural
/// Networks", 2016.
public struct TripletMargin: SampleObjective {
  public typealias Output = Triplet
  public typealias Target = Tensor

  /// m: how much nearer the positive is to be.
  public let margin: Double
  /// Whether the negative is compared with the nearer of anchor and positive.
  public let swaps: Bool
  /// How the losses of a batch become one number.
  public let reduction: Reduction

  /// A loss with this margin.
  public init(margin: Double = 1, swaps: Bool = false, reduction: Reduction = .mean) {
    requireOption("TripletMargin: margin", margin, .positive)
    (self.margin, self.swaps) = (margin, swaps)
    self.reduction = reduction
  }

  public func samples(_ output: consuming Triplet, _ target: Tensor) -> (values: Tensor, gradient: Triplet) {
    let output = output
    let shape = requireAlike(output)
    require(shape.rank == 2, "TripletMargin: needs outputs [B, D], not \(shape)")
    let near = distance(output.anchor, output.positive)
    let far = distance(output.anchor, output.negative)
    var (farthest, isSwapped) = (far.norms, Tensor(zeros: far.norms.shape, dtype: far.norms.dtype))
    var other = far
    if swaps {
      other = distance(output.positive, output.negative)
      isSwapped = other.norms .< far.norms
      farthest = Tensor.where(isSwapped, other.norms, far.norms)
    }
    let excess = margin + near.norms - farthest
    let slopes = Tensor.where(isNaN(excess), excess, excess .> 0)
    let pull = slopes * near.directions
    let push = slopes * (1 - isSwapped) * far.directions
    let swapped = slopes * isSwapped * other.directions
    return (
      relu(excess).squeezed(1),
      Triplet(anchor: pull - push, positive: -pull - swapped, negative: push + swapped)
    )
  }

  public func divisor(of target: Tensor) -> Double { reduction.divisor(over: target.rowCount ?? 1) }

  /// ‖x − y + ε‖ of each row, and the unit vector along x − y + ε.
  private func distance(_ x: Tensor, _ y: Tensor) -> (norms: Tensor, directions: Tensor) {
    let difference = x - y + 1e-6
    let norms = difference.norm(along: 1, keepingAxis: true)
    return (norms, (difference / norms).replacing(with: 0, where: norms .== 0))
  }
}
