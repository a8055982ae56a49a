import StrataTensor

/// An objective of one tensor, given another.
///
/// Losses take logits where they need probabilities, are stable for any finite logit, and never
/// broadcast. The 1/B of a mean enters here and nowhere else.
public protocol Loss: Objective where Output == Tensor, Target == Tensor {}

/// A loss that applies softmax or a sigmoid itself: after a ``ProbabilityOutput`` it would be the second.
public protocol LogitLoss: Loss {}

/// How the losses of a batch's samples become one number.
public enum Reduction: Sendable {
  /// The mean over the samples: the step does not depend on the size of the batch.
  case mean
  /// The sum over the samples.
  case sum
}
