import StrataLayers
import StrataTensor

/// AdamW: Adam with weight decay apart from the gradient, w ← (1 − rate · weightDecay) · w before the step.
///
/// Loshchilov and Hutter, "Decoupled Weight Decay Regularization", 2019; conventions are PyTorch's.
public struct AdamW: Optimizer {
  public var learningRate: Double
  public var betas: (Double, Double)
  public var epsilon: Double
  public var weightDecay: Double
  public let isAMSGrad: Bool
  public var slots: Slots<AdamState>

  public init(
    for model: some Layer, learningRate: Double = 1e-3, betas: (Double, Double) = (0.9, 0.999),
    epsilon: Double = 1e-8, weightDecay: Double = 0.01, amsgrad: Bool = false, groups: [ParameterGroup] = []
  ) {
    AdamState.requireOptions("AdamW", learningRate, betas, epsilon, weightDecay)
    self.learningRate = learningRate
    self.betas = betas
    self.epsilon = epsilon
    self.weightDecay = weightDecay
    isAMSGrad = amsgrad
    slots = Slots(for: model, groups: groups) { AdamState(for: $0, amsgrad: amsgrad) }
  }

  public func update(_ value: inout Tensor, along gradient: Tensor, _ state: inout AdamState, _ step: UpdateStep) {
    state.move(
      &value, along: gradient, step, betas: betas, epsilon: epsilon, decay: 0,
      shrink: 1 - step.learningRate * step.weightDecay)
  }
}
