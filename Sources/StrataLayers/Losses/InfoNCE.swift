import StrataTensor

/// L = log Σⱼ exp(cos(aᵢ, bⱼ) / τ) − cos(aᵢ, bᵢ) / τ: of all rows of b each row of a is to find its own; the mean over the
/// rows, or their sum.
///
/// With `isSymmetric` half of it, and half of the same with a and b exchanged, as CLIP is trained. The other rows of the
/// batch are the negatives, so that a batch in parts has other ones: train without micro-batches. Rows with the same number
/// in the target are the same thing, and no negatives of each other.
///
/// - Shapes: the two outputs a and b are [B, D]; the target is `int32` [B].
///
/// # Backward
/// With the logits s = âb̂ᵀ / τ of normalized rows and ds their gradient, that of ``SoftmaxCrossEntropy``: dâ = ds b̂ / τ and
/// db̂ = dsᵀ â / τ, and da = (dâ − â Σ dâ â) / ‖a‖, likewise db.
///
/// Van den Oord, Li and Vinyals, "Representation Learning with Contrastive Predictive Coding", 2018; Radford and others,
/// "Learning Transferable Visual Models from Natural Language Supervision", 2021.
public struct InfoNCE: Objective {
  /// τ: cosines are divided by it; the smaller, the more the nearest negatives count.
  public let temperature: Double
  /// Whether each row of b is to find its own of a too.
  public let isSymmetric: Bool
  /// How the losses of a batch become one number.
  public let reduction: Reduction

  /// A loss at this temperature.
  public init(temperature: Double = 0.1, isSymmetric: Bool = false, reduction: Reduction = .mean) {
    requireOption("InfoNCE: temperature", temperature, .positive)
    (self.temperature, self.isSymmetric) = (temperature, isSymmetric)
    self.reduction = reduction
  }

  public func evaluate(
    _ output: consuming Pair<Tensor, Tensor>, _ target: Tensor
  ) -> (value: Double, gradient: Pair<Tensor, Tensor>) {
    let output = output
    let shape = requireAlike(output)
    require(
      shape.rank == 2 && target.shape == [shape[0]] && target.dtype == .int32,
      "InfoNCE: outputs [B, D] need an int32 target [B], not outputs \(shape) and a \(target.dtype) target \(target.shape)"
    )
    let ((a, normsA), (b, normsB)) = (output.first.normalizedRows(), output.second.normalizedRows())
    let isSame = (target.expanded(at: 1) .== target.expanded(at: 0)) - Tensor(eye: shape[0], dtype: .int32)
    let logits = (matmul(a, b.transposed) / temperature).replacing(with: -.infinity, where: isSame)
    let loss = SoftmaxCrossEntropy(reduction: reduction)
    let own = Tensor(arange: 0..<shape[0])
    var (value, ds) = loss.evaluate(logits, own)
    if isSymmetric {
      let (other, dOther) = loss.evaluate(logits.transposed(0, 1), own)
      (value, ds) = ((value + other) / 2, (ds + dOther.transposed(0, 1)) / 2)
    }
    let (da, db) = (matmul(ds, b) / temperature, matmul(ds.transposed, a) / temperature)
    return (value, Pair(da.throughNormalization(a, normsA), db.throughNormalization(b, normsB)))
  }

  public func divisor(of target: Tensor) -> Double { reduction.divisor(over: target.count) }
}
