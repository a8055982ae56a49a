import StrataTensor

/// L = mean over all elements of −w·t·log σ(z) − (1 − t)·log(1 − σ(z)), or their sum.
///
/// Computed as w·t·s(−z) + (1 − t)·s(z) with s(z) = log(1 + eᶻ) = max(z, 0) + log(1 + e^−|z|), for w = 1
/// max(z, 0) − zt + log(1 + e^−|z|): stable for any finite logit, and 0 at an infinite one that agrees with
/// its label.
///
/// - Shapes: logits z and targets t, from 0 to 1, have the same shape; nothing is broadcast. w is one number, or one for
///   each element of the last axis.
///
/// # Backward
/// s'(z) = σ(z), so dL/dz = (1 − t)·σ(z) − w·t·σ(−z), which for w = 1 is σ(z) − t; divided by N for the mean
/// over N elements.
///
/// PyTorch's is NaN at an infinite logit that agrees: see the article "Differences from PyTorch".
public struct BinaryCrossEntropyWithLogits: LogitLoss, Loss, ElementwiseLoss {
  /// w: how much more a positive target counts; above 1 for classes that are rare. Where each output has its own,
  /// the largest.
  public let positiveWeight: Double
  /// w of each output, along the last axis; nil where all have the same.
  public let positiveWeights: [Double]?
  /// How the losses of a batch become one number.
  public let reduction: Reduction

  /// A loss in which a positive target counts `positiveWeight` times.
  public init(positiveWeight: Double = 1, reduction: Reduction = .mean) {
    requireOption("BinaryCrossEntropyWithLogits: positiveWeight", positiveWeight, .notNegative)
    self.positiveWeight = positiveWeight
    self.reduction = reduction
    (positiveWeights, columns) = (nil, nil)
  }

  /// A loss in which a positive target counts as its output's weight says, along the last axis.
  public init(positiveWeights: [Double], reduction: Reduction = .mean) {
    columns = ClassWeights(positiveWeights, of: "BinaryCrossEntropyWithLogits: positive weights")
    (self.positiveWeights, positiveWeight) = (positiveWeights, positiveWeights.max() ?? 1)
    self.reduction = reduction
  }

  private let columns: ClassWeights?

  package var element: (kernel: LossKernel, parameter: Double) { (.binaryCrossEntropy, positiveWeight) }

  package func problem(of target: Tensor) -> String? {
    let (least, most) = (target.min().item, target.max().item)
    return least < 0 || most > 1 ? "targets must lie in 0...1, and these go from \(least) to \(most); scale them" : nil
  }

  package func problem(of output: Shape) -> String? {
    guard let columns, output.rank == 0 || output[-1] != columns.count else { return nil }
    return "\(columns.count) positive weights do not fit outputs of shape \(output), whose last axis they are for"
  }

  package func sum<T: KernelScalar>(
    _ range: Range<Int>, _ output: UnsafePointer<T>, _ target: UnsafePointer<T>, _ factor: T,
    _ gradient: UnsafeMutablePointer<T>, _ values: UnsafeMutablePointer<T>?
  ) -> Double {
    guard let columns else {
      let i = range.lowerBound
      return T.loss(.binaryCrossEntropy)(
        range.count, output + i, target + i, T(positiveWeight), factor, gradient + i, values.map { $0 + i })
    }
    let (width, weights) = (columns.count, columns[T.dtype].pointer(T.self))
    var (total, i) = (0.0, range.lowerBound)
    while i < range.upperBound {
      let column = i % width
      let count = min(width - column, range.upperBound - i)
      total += T.binaryCrossEntropyByColumn(
        count, output + i, target + i, weights + column, factor, gradient + i, values.map { $0 + i })
      i += count
    }
    return total
  }
}
