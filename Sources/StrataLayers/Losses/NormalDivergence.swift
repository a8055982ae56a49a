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
public struct NormalDivergence: Loss, SampleLoss {
  /// How the losses of a batch become one number.
  public let reduction: Reduction

  /// A loss with this reduction.
  public init(reduction: Reduction = .mean) { self.reduction = reduction }

  /// The divergence from the standard normal distribution, and its gradient.
  public func evaluate(_ output: consuming Tensor) -> (value: Double, gradient: Tensor) {
    let target = Tensor(zeros: output.shape, dtype: output.dtype)
    return evaluate(output, target)
  }

  /// Returns the loss, and its gradient by the output.
  public func evaluate(_ output: consuming Tensor, _ target: Tensor) -> (value: Double, gradient: Tensor) {
    let scale = 1 / divisor(of: target)
    let total = overwrite(&output, target, scale, values: nil)
    return (scale * total, output)
  }

  /// Returns the loss of each sample, and the gradient of their sum.
  public func samples(_ output: consuming Tensor, _ target: Tensor) -> (values: Tensor, gradient: Tensor) {
    let values = Tensor(uninitialized: Shape(output.shape.lengths.dropLast()), dtype: output.dtype)
    _ = overwrite(&output, target, 1, values: values)
    return (values, output)
  }

  /// The sum over the rows; the output becomes `scale` times its gradient.
  private func overwrite(_ output: inout Tensor, _ target: Tensor, _ scale: Double, values: Tensor?) -> Double {
    let (shape, dtype) = (output.shape, output.dtype)
    require(
      shape.rank > 0 && shape[-1] % 2 == 0,
      "NormalDivergence: needs means and log-variances [B, 2D], not shape \(shape)")
    requireTarget(target, for: shape, dtype)
    let width = shape[-1]
    var total = 0.0
    func run<T: KernelScalar>(_: T.Type, _ old: Tensor, into new: Tensor) {
      func divergence(_ rows: Range<Int>) -> Double {
        let start = rows.lowerBound * width
        return 0.5
          * T.normalDivergence(
            rows.count, width / 2, old.pointer(at: start), target.pointer(at: start), T(scale),
            new.mutablePointer(at: start))
      }
      total = parallelSum(over: shape.count / width, grain: max(1, elementGrain / width)) { rows in
        guard let values = values?.mutablePointer(T.self) else { return divergence(rows) }
        for row in rows { values[row] = T(divergence(row..<row + 1)) }
        return 0
      }
    }
    output.overwrite { old, new in dtype.withKernels(for: "NormalDivergence") { run($0, old, into: new) } }
    return total
  }

  /// Throws `TargetError` unless the target fits outputs of these shapes.
  public func validate(_ target: Tensor, for output: [Shape]) throws { try requireFit(of: target, for: output[0]) }

  /// Returns what the sum over the samples is divided by.
  public func divisor(of target: Tensor) -> Double {
    reduction.divisor(over: target.count / target.shape[-1])
  }
}
