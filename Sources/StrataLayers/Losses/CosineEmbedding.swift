import StrataTensor

/// L = 1 − cos(a, b) where t = 1, max(0, cos(a, b) − m) where t = −1; the mean over the rows, or their sum.
///
/// - Shapes: the two outputs a and b are [B, D], the target t is [B], each 1 or −1.
///
/// # Backward
/// With c = a·b / √((‖a‖² + ε)(‖b‖² + ε)) and ε = 10⁻¹²: dc/da = b / √(…) − c a / (‖a‖² + ε), and likewise for b; times −1
/// where t = 1, 1 where t = −1 and c > m, else 0. Divided by B for the mean.
public struct CosineEmbedding: SampleObjective {
  public typealias Output = Pair<Tensor, Tensor>
  public typealias Target = Tensor

  /// m: the cosine up to which two rows that are not alike cost nothing.
  public let margin: Double
  /// How the losses of a batch become one number.
  public let reduction: Reduction

  /// A loss with this margin, from −1 to 1.
  public init(margin: Double = 0, reduction: Reduction = .mean) {
    require(-1...1 ~= margin, "CosineEmbedding: margin \(margin) is a cosine, from -1 to 1")
    self.margin = margin
    self.reduction = reduction
  }

  public func samples(
    _ output: consuming Pair<Tensor, Tensor>, _ target: Tensor
  ) -> (values: Tensor, gradient: Pair<Tensor, Tensor>) {
    let output = output
    requireRows(output, target)
    let (a, b, t) = (output.first, output.second, target.expanded(at: 1))
    func square(_ x: Tensor) -> Tensor { (x * x).sum(along: 1, keepingAxis: true) + 1e-12 }
    let (squareA, squareB) = (square(a), square(b))
    let product = rsqrt(squareA) * rsqrt(squareB)
    let cosines = (a * b).sum(along: 1, keepingAxis: true) * product
    let excess = cosines - margin
    let isAlike = t .> 0
    let unlikeSlope = Tensor.where(isNaN(excess), excess, excess .> 0)
    let slopes = Tensor.where(isAlike, Tensor(repeating: -1, shape: [], dtype: t.dtype), unlikeSlope)
    let values = Tensor.where(isAlike, 1 - cosines, relu(excess))
    return (
      values.squeezed(1),
      Pair(slopes * (b * product - cosines / squareA * a), slopes * (a * product - cosines / squareB * b))
    )
  }

  public func validate(_ target: Tensor, for output: [Shape]) throws { try requireTargets(target, 1, -1) }
}
