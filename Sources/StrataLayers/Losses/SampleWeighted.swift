import StrataTensor

/// L = Σ wᵢ ℓᵢ / Σ wᵢ, the mean of the losses of samples with a weight for each, or Σ wᵢ ℓᵢ.
///
/// ```swift
/// let loss = MeanSquaredError().weighted()
/// let data = Examples(inputs: x, labels: Pair(y, weights))
/// ```
///
/// Weights of 0 leave samples out, as a mask does; where all are 0 the loss is 0. Where the base has weights too, such as
/// those of classes, the two are multiplied.
///
/// - Shapes: the target is the base's target and the weights, which are [B], or of the shape of the losses of the samples,
///   such as [B, T] for logits [B, T, K]. They are of the type of the output, finite and not negative.
///
/// # Backward
/// Each sample's part of the base's gradient is multiplied by wᵢ, and divided by Σ wᵢ for the mean.
public struct SampleWeighted<Base: SampleObjective>: Objective {
  /// The objective whose samples are weighted.
  public let base: Base

  /// An objective with weights for its samples.
  public init(_ base: Base) { self.base = base }

  public func evaluate(
    _ output: consuming Base.Output, _ target: Pair<Base.Target, Tensor>
  ) -> (value: Double, gradient: Base.Output) {
    let divisor = divisor(of: target)
    let scale = divisor == 0 ? 0 : 1 / divisor
    let (values, gradient) = base.samples(output, target.first)
    let weights = weights(target.second, over: values)
    let unweighted = weights .== 0
    // A weight of 0 leaves a sample out whose loss is infinite, too.
    let weighted = Tensor.where(unweighted, weights, weights * values)
    return (
      weighted.total * scale,
      gradient.mapped { part in
        let product = part * base.spread(weights * scale, over: part.shape)
        return product.replacing(with: 0, where: base.spread(unweighted, over: part.shape))
      }
    )
  }

  public func divisor(of target: Pair<Base.Target, Tensor>) -> Double {
    guard base.reduction == .mean else { return 1 }
    guard let own = base.weights(of: target.first) else {
      return target.second.total * base.divisor(of: target.first) / Double(max(1, target.second.count))
    }
    return (weights(target.second, over: own) * own.converted(to: target.second.dtype)).total
  }

  public func validate(_ target: Pair<Base.Target, Tensor>, for output: [Shape]) throws {
    try base.validate(target.first, for: output)
    let weights = target.second
    guard weights.dtype.isFloatingPoint, weights.isFinite, weights.count == 0 || weights.min().item >= 0 else {
      throw TargetError("\(Self.self): the weights must be floating-point numbers, finite and not negative")
    }
  }

  public var ignoredIndex: Int? { base.ignoredIndex }

  /// The weights in the shape of the samples' losses.
  private func weights(_ weights: Tensor, over values: Tensor) -> Tensor {
    let (shape, own) = (values.shape, weights.shape)
    if own == shape { return weights }
    require(
      own.rank == 1 && shape.rank > 1 && own[0] == shape[0],
      "\(Self.self): weights of shape \(own) do not fit the losses of samples, \(shape): give one to each row, or to each "
        + "sample")
    let column = Shape([own[0]] + Array(repeating: 1, count: shape.rank - 1))
    return weights.reshaped(to: column).broadcast(to: shape)
  }
}
