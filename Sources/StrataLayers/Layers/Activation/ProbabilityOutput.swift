/// A layer whose outputs are probabilities or their logarithms: no logits for a ``LogitLoss`` after it.
public protocol ProbabilityOutput: Layer {}

extension Sigmoid: ProbabilityOutput {}
extension Softmax: ProbabilityOutput {}
extension LogSoftmax: ProbabilityOutput {}

extension Module {
  /// The layer that the output comes from, where that is one that gives probabilities.
  package var probabilityOutput: (any ProbabilityOutput)? {
    self as? any ProbabilityOutput ?? (self as? any LayerChain)?.layers.last?.probabilityOutput
  }
}
