import StrataTensor

/// A scalar to be made small: a function of a model's output and of what it should have been.
///
/// Losses take logits where they need probabilities, are stable for any finite logit, and never
/// broadcast. The 1/B of a mean enters here and nowhere else.
public protocol Loss: Sendable {
  /// The loss, and its gradient dL/doutput.
  func evaluate(_ output: consuming Tensor, _ target: Tensor) -> (value: Double, gradient: Tensor)

  /// The loss alone, for evaluation: `loss(output, target)`.
  func callAsFunction(_ output: Tensor, _ target: Tensor) -> Double

  /// What the sum over the samples of this target is divided by: their number, or weight, for a mean, 1 for a
  /// sum. Of a batch in parts, divisor · loss adds up. By default the length of the target's first axis.
  func divisor(of target: Tensor) -> Double
}

extension Loss {
  public func callAsFunction(_ output: Tensor, _ target: Tensor) -> Double {
    evaluate(output, target).value
  }

  public func divisor(of target: Tensor) -> Double { Double(target.shape[0]) }
}

/// A loss that applies softmax or a sigmoid itself: after a ``ProbabilityOutput`` it would be the second.
public protocol LogitLoss: Loss {}

/// How the losses of a batch's samples become one number.
public enum Reduction: Sendable {
  /// The mean over the samples: the step does not depend on the size of the batch.
  case mean
  /// The sum over the samples.
  case sum
}
