import StrataTensor

/// L = KL(N(μ, σ²) ‖ N(m, s²)) = ½ Σ (σ²/s² + (μ − m)²/s² − 1 − log σ² + log s²), the divergence of normal
/// distributions from others, the standard one unless said otherwise.
///
/// ```swift
/// let (divergence, dx) = NormalDivergence().evaluate(encoded)     // [B, 2D], as Reparameterize takes it
/// ```
///
/// - Shapes: the output is [B, 2D], or has more axes before the last: μ, then log σ². The target is of the same shape:
///   m, then log s². The sum is over the D features, the mean over the rest.
///
/// # Backward
/// dμ = (μ − m)/s² and d(log σ²) = ½ (σ²/s² − 1), divided by B for the mean. Both are 0 where the two agree.
///
/// Kingma and Welling, "Auto-Encoding Variational Bayes", 2013, appendix B.
public struct NormalDivergence: Loss {
  /// How the losses of a batch become one number.
  public let reduction: Reduction

  /// A loss with this reduction.
  public init(reduction: Reduction = .mean) { self.reduction = reduction }

  /// The divergence from the standard normal distribution, and its gradient.
  public func evaluate(_ output: consuming Tensor) -> (value: Double, gradient: Tensor) {
    let target = Tensor(zeros: output.shape, dtype: output.dtype)
    return evaluate(output, target)
  }

  public func evaluate(_ output: consuming Tensor, _ target: Tensor) -> (value: Double, gradient: Tensor) {
    let (shape, dtype) = (output.shape, output.dtype)
    require(
      shape.rank > 0 && shape[-1] % 2 == 0,
      "NormalDivergence: needs means and log-variances [B, 2D], not shape \(shape)")
    requireTarget(target, for: shape, dtype)
    let (scale, width) = (1 / divisor(of: target), shape[-1])
    var total = 0.0
    func run<T: KernelScalar>(_: T.Type, _ old: Tensor, into new: Tensor) {
      total = parallelSum(over: shape.count / width, grain: max(1, elementGrain / width)) { rows in
        let start = rows.lowerBound * width
        return T.normalDivergence(
          rows.count, width / 2, old.pointer(at: start), target.pointer(at: start), T(scale),
          new.mutablePointer(at: start))
      }
    }
    output.overwrite { old, new in dtype.withKernels(for: "NormalDivergence") { run($0, old, into: new) } }
    return (0.5 * scale * total, output)
  }

  public func validate(_ target: Tensor, for output: [Shape]) throws { try requireFit(of: target, for: output[0]) }

  public func divisor(of target: Tensor) -> Double {
    reduction.divisor(over: target.count / target.shape[-1])
  }
}
