import StrataLayers

/// One thing that ``diagnose(_:loss:optimizer:on:validation:batchSize:steps:maximumGlobalNorm:seed:progress:)`` found wrong:
/// its cause, what was measured, and what to do.
public struct Finding: Sendable, Equatable {
  /// What is wrong.
  public let cause: Cause

  /// The path of the layer or parameter it is about; nil where it is about the data, the loss or the whole model.
  public let path: String?

  /// What was measured, with its numbers.
  public let evidence: String

  /// What to do.
  public let remedy: String

  init(_ cause: Cause, at path: String? = nil, _ evidence: String, remedy: String) {
    (self.cause, self.path, self.evidence, self.remedy) = (cause, path, evidence, remedy)
  }
}

extension Finding {
  /// What can be wrong with a model that does not learn.
  public enum Cause: String, Sendable, CaseIterable {
    /// An input or a label is NaN or infinite.
    case nonFiniteData = "the data are not finite"
    /// A parameter or a statistic is NaN or infinite before training.
    case nonFiniteWeight = "a weight is not finite"
    /// Numbers overflow in the first pass, and the weights have made them large.
    case weightsTooLarge = "weights too large"
    /// Numbers overflow in the first pass, and the inputs were large already.
    case inputsTooLarge = "inputs too large"
    /// The logarithm of 0, or of a negative number.
    case logarithmOfZero = "logarithm of 0"
    /// A division by 0.
    case divisionByZero = "division by 0"
    /// Training began well and ended in NaN, or in a loss far above where it began.
    case divergence = "training diverges"
    /// ReLU units that are 0 for every example, so that nothing before them learns.
    case deadUnits = "dead ReLU units"
    /// A softmax so sure of one class that no gradient passes.
    case saturatedSoftmax = "saturated softmax"
    /// A sigmoid, tanh or other function so far out that no gradient passes.
    case saturatedUnits = "saturated units"
    /// A parameter that the optimizer was told to leave as it is.
    case frozenParameter = "frozen parameter"
    /// A layer whose output depends on its input, but whose backward returns zeros.
    case stoppedGradient = "stopped gradient"
    /// A parameter that no backward adds a gradient to.
    case missingGradient = "a parameter without gradient"
    /// The training loss falls, the validation loss does not.
    case overfitting = "overfitting"
    /// Running statistics that are not those of the batches that the model was trained on.
    case staleBatchStatistics = "batch statistics differ between training and inference"
    /// The same batch, again and again.
    case repeatedBatch = "the same batch again and again"
    /// Steps so small that nothing moves.
    case rateTooSmall = "learning rate too small"
    /// One layer's gradient is a thousand times the others' by the scale of its weights.
    case badInitialization = "bad initialization"
    /// A connection past a stack of layers, beside which the stack counts for nothing.
    case shortedStack = "a skip connection shorts a stack"
    /// The gradient falls from layer to layer toward the input.
    case vanishingGradient = "the gradient vanishes"
    /// The gradient grows from layer to layer toward the input.
    case explodingGradient = "the gradient explodes"
    /// The first loss of a classifier is far above ln K, that of a guess.
    case startingLossTooHigh = "the loss starts far above chance"
    /// A loss that takes logits is given probabilities.
    case softmaxTwice = "softmax applied twice"
  }
}

extension Finding: CustomStringConvertible {
  /// Three lines: the cause and where, the evidence, the remedy.
  public var description: String {
    "\(cause.rawValue)\(path.map { " (\($0))" } ?? "")\n    seen: \(evidence)\n    do:   \(remedy)"
  }
}
