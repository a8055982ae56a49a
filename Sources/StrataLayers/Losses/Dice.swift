import StrataTensor

/// L = 1 − (2 Σ pt + s) / (Σ p + Σ t + s) with p = σ(z), sums over all elements of a sample; the mean over the samples, or
/// their sum.
///
/// One minus the share in which a predicted and a true region overlap: what segmentation is judged by, whatever part of the
/// image the region has. With s > 0 an empty region that is predicted as empty costs nothing.
///
/// - Shapes: logits z and targets t, from 0 to 1, are [B, …] of the same shape; nothing is broadcast. For a loss of each
///   class, reshape [B, C, H, W] to [B · C, H, W].
///
/// # Backward
/// With I = Σ pt and U = Σ p + Σ t: dL/dp = ((2I + s) / (U + s) − 2t) / (U + s), times p (1 − p), divided by B for the mean.
///
/// Milletari, Navab and Ahmadi, "V-Net: Fully Convolutional Neural Networks for Volumetric Medical Image Segmentation",
/// 2016, with p in place of p².
public struct Dice: LogitLoss, Loss, SampleLoss {
  /// s, added to both sides of the fraction.
  public let smoothing: Double
  /// How the losses of a batch become one number.
  public let reduction: Reduction

  /// A loss with this smoothing.
  public init(smoothing: Double = 1, reduction: Reduction = .mean) {
    requireOption("Dice: smoothing", smoothing, .positive)
    self.smoothing = smoothing
    self.reduction = reduction
  }

  public func samples(_ logits: consuming Tensor, _ target: Tensor) -> (values: Tensor, gradient: Tensor) {
    let shape = logits.shape
    requireTarget(target, for: shape, logits.dtype)
    require(shape.rank >= 2, "Dice: logits need a shape [B, …] of samples with elements, not \(shape)")
    let rows: Shape = [shape[0], shape.rowShape.count]
    let (p, t) = (sigmoid(logits.reshaped(to: rows)), target.reshaped(to: rows))
    let overlap = 2 * (p * t).sum(along: 1, keepingAxis: true) + smoothing
    let union = (p + t).sum(along: 1, keepingAxis: true) + smoothing
    let share = overlap / union
    let gradient = (share - 2 * t) / union * (p * (1 - p))
    return ((1 - share).reshaped(to: [shape[0]]), gradient.reshaped(to: shape))
  }

  public func divisor(of target: Tensor) -> Double { reduction.divisor(over: target.shape[0]) }

  public func validate(_ target: Tensor, for output: [Shape]) throws { try requireFit(of: target, for: output[0]) }
}
