import StrataLayers
import StrataTensor

/// Adam: steps scaled by running means of the gradient and of its square.
///
/// With g the gradient plus weightDecay · w,
/// m ← β₁m + (1 − β₁)g, v ← β₂v + (1 − β₂)g²,
/// w ← w − rate · m̂ / (√v̂ + ε), where m̂ = m / (1 − β₁ᵗ) and v̂ = v / (1 − β₂ᵗ) undo the bias of the start
/// from 0. With AMSGrad the largest v so far takes the place of v in v̂, so that a step never grows again
/// because a large gradient is forgotten.
///
/// Kingma and Ba, "Adam: A Method for Stochastic Optimization", 2015; Reddi, Kale and Kumar, "On the
/// Convergence of Adam and Beyond", 2018. Conventions are PyTorch's.
public struct Adam: Optimizer {
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
    epsilon: Double = 1e-8, weightDecay: Double = 0, amsgrad: Bool = false, groups: [ParameterGroup] = []
  ) {
    AdamState.requireOptions("Adam", learningRate, betas, epsilon, weightDecay)
    self.learningRate = learningRate
    self.betas = betas
    self.epsilon = epsilon
    self.weightDecay = weightDecay
    self.amsgrad = amsgrad
    slots = Slots(for: model, groups: groups) { AdamState(for: $0, amsgrad: amsgrad) }
  }

  public func update(_ value: inout Tensor, along gradient: Tensor, _ state: inout AdamState, _ step: UpdateStep) {
    state.move(&value, along: gradient, step, betas: betas, epsilon: epsilon, decay: step.weightDecay, shrink: 1)
  }
}
