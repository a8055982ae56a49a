import StrataLayers
import StrataTensor

/// AdamW: Adam with weight decay apart from the gradient, w ← (1 − rate · weightDecay) · w before the step.
///
/// Loshchilov and Hutter, "Decoupled Weight Decay Regularization", 2019; conventions are PyTorch's.
public struct AdamW: Optimizer {
  /// The rate of the next step.
  public var learningRate: Double
  /// The decay rates of the means of the gradient and of its square.
  public var betas: (Double, Double)
  /// What is added to the root of the mean square, so that nothing is divided by 0.
  public var epsilon: Double
  /// The factor of the decay of the weights; 0 is none.
  public var weightDecay: Double
  /// Whether the largest mean square so far is what divides.
  public let amsgrad: Bool
  /// The state of each parameter.
  public var slots: Slots<AdamState>

  public init(
    for model: some Module, learningRate: Double = 1e-3, betas: (Double, Double) = (0.9, 0.999),
    epsilon: Double = 1e-8, weightDecay: Double = 0.01, amsgrad: Bool = false, groups: [ParameterGroup] = []
  ) {
    AdamState.requireOptions("AdamW", learningRate, betas, epsilon, weightDecay)
    self.learningRate = learningRate
    self.betas = betas
    self.epsilon = epsilon
    self.weightDecay = weightDecay
    self.amsgrad = amsgrad
    slots = Slots(for: model, groups: groups) { AdamState(for: $0, amsgrad: amsgrad) }
  }

  public func update(_ value: inout Tensor, along gradient: Tensor, _ state: inout AdamState, _ step: UpdateStep) {
    state.move(
      &value, along: gradient, step, betas: betas, epsilon: epsilon, decay: 0,
      shrink: 1 - step.learningRate * step.weightDecay)
  }
}
