import StrataLayers

/// A fault found by ``lint(_:loss:on:rows:)`` or
/// ``diagnose(_:loss:optimizer:on:validation:batchSize:steps:maximumGlobalNorm:seed:progress:)``: its cause, the evidence,
/// and a remedy.
public struct Finding: Sendable, Equatable {
  /// The cause.
  public let cause: Cause

  /// The path of the layer or parameter concerned; nil if it concerns the data, the loss or the whole model.
  public let path: String?

  /// The evidence, with the measured numbers.
  public let evidence: String

  /// The remedy.
  public let remedy: String

  init(_ cause: Cause, at path: String? = nil, _ evidence: String, remedy: String) {
    (self.cause, self.path, self.evidence, self.remedy) = (cause, path, evidence, remedy)
  }
}

extension Finding {
  /// A reason why a model does not learn.
  public enum Cause: String, Sendable, CaseIterable {
    /// An input or a label is NaN or infinite.
    case nonFiniteData = "the data are not finite"
    /// A parameter or a statistic is NaN or infinite before training.
    case nonFiniteWeight = "a weight is not finite"
    /// Numbers overflow in the first pass because of large weights.
    case weightsTooLarge = "weights too large"
    /// Numbers overflow in the first pass because of large inputs.
    case inputsTooLarge = "inputs too large"
    /// The logarithm of 0, or of a negative number.
    case logarithmOfZero = "logarithm of 0"
    /// A division by 0.
    case divisionByZero = "division by 0"
    /// Training ended in NaN, or in a loss far above its first value.
    case divergence = "training diverges"
    /// ReLU units that are 0 for every example, so that no gradient passes them.
    case deadUnits = "dead ReLU units"
    /// A softmax with all probability on one class, so that no gradient passes.
    case saturatedSoftmax = "saturated softmax"
    /// A sigmoid, tanh or similar function in its flat range, so that no gradient passes.
    case saturatedUnits = "saturated units"
    /// A parameter frozen by the optimizer's groups.
    case frozenParameter = "frozen parameter"
    /// A layer whose output depends on its input but whose backward returns zeros.
    case stoppedGradient = "stopped gradient"
    /// A parameter to which no backward adds a gradient.
    case missingGradient = "a parameter without gradient"
    /// The training loss falls but the validation loss does not.
    case overfitting = "overfitting"
    /// Running statistics that differ from those of the training batches.
    case staleBatchStatistics = "batch statistics differ between training and inference"
    /// The same batch in many steps.
    case repeatedBatch = "the same batch again and again"
    /// Steps so small that nothing moves.
    case rateTooSmall = "learning rate too small"
    /// One layer's gradient is a thousand times that of the others because of the scale of its weights.
    case badInitialization = "bad initialization"
    /// A skip connection so strong that the stack of layers it bypasses has no effect.
    case shortedStack = "a skip connection shorts a stack"
    /// The gradient falls from layer to layer toward the input.
    case vanishingGradient = "the gradient vanishes"
    /// The gradient grows from layer to layer toward the input.
    case explodingGradient = "the gradient explodes"
    /// The first loss of a classifier is far above ln K, the loss of a random guess.
    case startingLossTooHigh = "the loss starts far above chance"
    /// A loss that takes logits receives probabilities.
    case softmaxTwice = "softmax applied twice"
    /// A loss that takes logits receives the outputs of an activation, which cannot take every value.
    case activatedLogits = "an activation on the logits"
    /// A softmax over a single class, which always has all of the probability.
    case singleClass = "a softmax over one class"
    /// Dropout on the outputs of the model.
    case droppedOutputs = "dropout on the outputs"
    /// Labels that do not fit the outputs of the model or the loss.
    case labelsDoNotFit = "the labels do not fit"
    /// Targets that the model's last layer cannot give.
    case unreachableTargets = "targets beyond the outputs"
    /// A bias that the mean of a BatchNorm takes away again.
    case biasBeforeNormalization = "a bias before BatchNorm"
    /// Dropout whose noise changes the variance that a BatchNorm divides by.
    case dropoutBeforeNormalization = "dropout before BatchNorm"
    /// Two linear maps with nothing between them, which are no more than one.
    case missingActivation = "no activation between linear layers"
    /// An activation that changes nothing.
    case idleActivation = "an activation without effect"
    /// A part of the model on which the output does not depend.
    case deadBranch = "a part without effect"
  }
}

extension Finding: CustomStringConvertible {
  /// Three lines: the cause and its place, the evidence, the remedy.
  public var description: String {
    "\(cause.rawValue)\(path.map { " (\($0))" } ?? "")\n    seen: \(evidence)\n    do:   \(remedy)"
  }
}
