import CStrataKernels
import Foundation
import StrataLayers
import StrataTensor

/// LAMB: ``AdamW``'s direction, scaled for each parameter to the norm of its weights, for large batches.
///
/// In step t, with g the gradient of the loss by the weights w, η the learning rate and λ the weight decay:
///
/// - m ← β₁ m + (1 − β₁) g, v ← β₂ v + (1 − β₂) g², both 0 before the first step
/// - d = m̂ / (√v̂ + ε) + λ w, with m̂ = m / (1 − β₁ᵗ) and v̂ = v / (1 − β₂ᵗ)
/// - w ← w − η ‖w‖ / ‖d‖ · d, or − η d where either norm is 0
///
/// You, Li, Reddi et al., "Large Batch Optimization for Deep Learning: Training BERT in 76 Minutes", 2020; conventions
/// are optax's.
public struct LAMB: Optimizer, AdamOptions {
  /// η, the rate of the next step: by what share of their norm weights move.
  public var learningRate: Double { didSet { requireOptions() } }
  /// β₁ and β₂, the decay rates of the means of the gradient and of its square.
  public var betas: (Double, Double) { didSet { requireOptions() } }
  /// ε, added to the root of the mean square so that nothing is divided by 0.
  public var epsilon: Double { didSet { requireOptions() } }
  /// λ, the decay of the weights; 0 is none.
  public var weightDecay: Double { didSet { requireOptions() } }
  /// The state of each parameter.
  public var slots: Slots<AdamState>

  /// An optimizer of all parameters of a model. With `maximize` it goes up along the gradient.
  public init(
    for model: some Module, learningRate: Double = 1e-3, betas: (Double, Double) = (0.9, 0.999),
    epsilon: Double = 1e-6, weightDecay: Double = 0, maximize: Bool = false, groups: [ParameterGroup] = []
  ) {
    self.learningRate = learningRate
    self.betas = betas
    self.epsilon = epsilon
    self.weightDecay = weightDecay
    slots = Slots(for: model, groups: groups, maximize: maximize, using: [.betas, .epsilon]) { AdamState(for: $0) }
    requireOptions()
  }

  public func update(_ value: inout Tensor, along gradient: Tensor, _ state: inout AdamState, _ step: UpdateStep) {
    let (t, betas, epsilon) = (Double(step.number), step.betas ?? betas, step.epsilon ?? epsilon)
    // Adam's kernel with λ for the factor of the weights, and a step of −1, gives the direction itself.
    let options = strata_adam_options(
      step_size: -1 / (1 - pow(betas.0, t)), beta1: betas.0, beta2: betas.1, epsilon: epsilon,
      root_correction: (1 - pow(betas.1, t)).squareRoot(), decay: 0, shrink: step.weightDecay)
    var direction = value
    state.update(&direction, along: gradient, options, for: "LAMB")
    let (length, size) = (direction.norm, value.norm)
    direction *= -step.learningRate * (length > 0 && size > 0 ? size / length : 1)
    value += direction
  }
}
