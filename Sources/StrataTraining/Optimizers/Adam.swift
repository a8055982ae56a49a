import StrataLayers
import StrataTensor

/// Adam: steps scaled by running means of the gradient and of its square.
///
/// In step t, with ∇ the gradient of the loss by the weights w, η the learning rate and λ the weight decay:
///
/// - g = ∇ + λ w
/// - m ← β₁ m + (1 − β₁) g, v ← β₂ v + (1 − β₂) g², both 0 before the first step
/// - m̂ = m / (1 − β₁ᵗ), v̂ = v / (1 − β₂ᵗ), which undoes the bias of that start
/// - w ← w − η m̂ / (√v̂ + ε)
///
/// With `amsgrad` the largest v so far takes the place of v in v̂, so that a step never grows again because a large
/// gradient is forgotten. ``AdamW`` decays the weights apart from the gradient.
///
/// Kingma and Ba, "Adam: A Method for Stochastic Optimization", 2015; Reddi, Kale and Kumar, "On the
/// Convergence of Adam and Beyond", 2018. Conventions are PyTorch's.
///
/// PyTorch treats gradients beyond 2⁶³ and denormal means differently: see the article "Differences from PyTorch".
public struct Adam: Optimizer, AdamRule {
  /// η, the rate of the next step.
  public var learningRate: Double { didSet { requireOptions() } }
  /// β₁ and β₂, the decay rates of the means of the gradient and of its square.
  public var betas: (Double, Double) { didSet { requireOptions() } }
  /// ε, added to the root of the mean square so that nothing is divided by 0.
  public var epsilon: Double { didSet { requireOptions() } }
  /// λ, the decay of the weights; 0 is none.
  public var weightDecay: Double { didSet { requireOptions() } }
  /// Whether the largest mean square so far is what divides.
  public let amsgrad: Bool
  /// The state of each parameter.
  public var slots: Slots<AdamState>

  package static var decouplesDecay: Bool { false }

  /// An optimizer of all parameters of a model, with PyTorch's defaults. With `maximize` it goes up along the gradient.
  public init(
    for model: some Module, learningRate: Double = 1e-3, betas: (Double, Double) = (0.9, 0.999),
    epsilon: Double = 1e-8, weightDecay: Double = 0, amsgrad: Bool = false, maximize: Bool = false,
    groups: [ParameterGroup] = []
  ) {
    self.learningRate = learningRate
    self.betas = betas
    self.epsilon = epsilon
    self.weightDecay = weightDecay
    self.amsgrad = amsgrad
    slots = Slots(for: model, groups: groups, maximize: maximize, using: [.betas, .epsilon]) {
      AdamState(for: $0, amsgrad: amsgrad)
    }
    requireOptions()
  }
}
