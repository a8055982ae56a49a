import CStrataKernels
import Foundation
import StrataLayers
import StrataTensor

/// RAdam: ``Adam`` whose first steps do without the mean of squares, which is too uncertain then to divide by.
///
/// In step t, with ∇ the gradient of the loss by the weights w, η the learning rate and λ the weight decay:
///
/// - g = ∇ + λ w
/// - m ← β₁ m + (1 − β₁) g, v ← β₂ v + (1 − β₂) g², both 0 before the first step
/// - ρ∞ = 2 / (1 − β₂) − 1, ρ = ρ∞ − 2 t β₂ᵗ / (1 − β₂ᵗ)
/// - r = √((ρ − 4)(ρ − 2) ρ∞ / ((ρ∞ − 4)(ρ∞ − 2) ρ))
/// - w ← w − η m̂ r √(1 − β₂ᵗ) / (√v + ε) where ρ > 5, else w ← w − η m̂, with m̂ = m / (1 − β₁ᵗ)
///
/// Liu, Jiang, He et al., "On the Variance of the Adaptive Learning Rate and Beyond", 2020; conventions are PyTorch's.
public struct RAdam: Optimizer, AdamOptions {
  /// η, the rate of the next step.
  public var learningRate: Double { didSet { requireOptions() } }
  /// β₁ and β₂, the decay rates of the means of the gradient and of its square.
  public var betas: (Double, Double) { didSet { requireOptions() } }
  /// ε, added to the root of the mean square so that nothing is divided by 0.
  public var epsilon: Double { didSet { requireOptions() } }
  /// λ, the decay of the weights; 0 is none.
  public var weightDecay: Double { didSet { requireOptions() } }
  /// The state of each parameter.
  public var slots: Slots<AdamState>

  /// An optimizer of all parameters of a model, with PyTorch's defaults. With `maximize` it goes up along the gradient.
  public init(
    for model: some Module, learningRate: Double = 1e-3, betas: (Double, Double) = (0.9, 0.999),
    epsilon: Double = 1e-8, weightDecay: Double = 0, maximize: Bool = false, groups: [ParameterGroup] = []
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
    let correction = 1 - pow(betas.1, t)
    let limit = 2 / (1 - betas.1) - 1
    let length = limit - 2 * t * (1 - correction) / correction
    let rectification =
      length > 5
      ? ((length - 4) * (length - 2) * limit / ((limit - 4) * (limit - 2) * length)).squareRoot() : nil
    let options = strata_adam_step_options(
      mean_rate: step.learningRate / (1 - pow(betas.0, t)) * (rectification.map { $0 * correction.squareRoot() } ?? 1),
      gradient_rate: 0, beta1: betas.0, beta2: betas.1, epsilon: epsilon, root_correction: 1, decay: step.weightDecay,
      shrink: 1, divides: rectification == nil ? 0 : 1)
    state.update(&value, along: gradient, options, for: "RAdam")
  }
}
