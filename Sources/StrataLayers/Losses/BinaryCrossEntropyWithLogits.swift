import StrataTensor

/// L = mean over all elements of −w·t·log σ(z) − (1 − t)·log(1 − σ(z)), or their sum.
///
/// Computed as w·t·s(−z) + (1 − t)·s(z) with s(z) = log(1 + eᶻ) = max(z, 0) + log(1 + e^−|z|), for w = 1
/// max(z, 0) − zt + log(1 + e^−|z|): stable for any finite logit, and 0 at an infinite one that agrees with
/// its label.
///
/// - Shapes: logits z and targets t, from 0 to 1, have the same shape; nothing is broadcast.
///
/// # Backward
/// s'(z) = σ(z), so dL/dz = (1 − t)·σ(z) − w·t·σ(−z), which for w = 1 is σ(z) − t; divided by N for the mean
/// over N elements.
///
/// PyTorch's is NaN at an infinite logit that agrees: see the article "Differences from PyTorch".
public struct BinaryCrossEntropyWithLogits: LogitLoss, Loss, ElementwiseLoss {
  /// w: how much more a positive target counts; above 1 for classes that are rare.
  public let positiveWeight: Double
  /// How the losses of a batch become one number.
  public let reduction: Reduction

  public init(positiveWeight: Double = 1, reduction: Reduction = .mean) {
    requireOption("BinaryCrossEntropyWithLogits: positiveWeight", positiveWeight, .notNegative)
    self.positiveWeight = positiveWeight
    self.reduction = reduction
  }

  package func problem(of target: Tensor) -> String? {
    let (least, most) = (target.min().item, target.max().item)
    return least < 0 || most > 1 ? "targets must lie in 0...1, and these go from \(least) to \(most); scale them" : nil
  }

  package func sum<T: KernelScalar>(
    _ count: Int, _ output: UnsafePointer<T>, _ target: UnsafePointer<T>, _ factor: T,
    _ gradient: UnsafeMutablePointer<T>
  ) -> Double { T.binaryCrossEntropy(count, output, target, T(positiveWeight), factor, gradient) }
}
