import CStrataKernels
import Foundation
import StrataLayers
import StrataTensor

/// NAdam: ``Adam`` with Nesterov's momentum, which steps from where the mean of the gradient will be.
///
/// In step t, with ∇ the gradient of the loss by the weights w, η the learning rate and λ the weight decay:
///
/// - g = ∇ + λ w
/// - m ← β₁ m + (1 − β₁) g, v ← β₂ v + (1 − β₂) g², both 0 before the first step
/// - μₜ = β₁ (1 − ½ · 0.96^(t · momentumDecay)), and Mₜ = μ₁ μ₂ … μₜ
/// - w ← w − η (μₜ₊₁ m / (1 − Mₜ₊₁) + (1 − μₜ) g / (1 − Mₜ)) / (√(v / (1 − β₂ᵗ)) + ε)
///
/// Dozat, "Incorporating Nesterov Momentum into Adam", 2016; conventions are PyTorch's.
public struct NAdam: Optimizer, AdamOptions {
  /// η, the rate of the next step.
  public var learningRate: Double { didSet { requireOptions() } }
  /// β₁ and β₂, the decay rates of the means of the gradient and of its square.
  public var betas: (Double, Double) { didSet { requireOptions() } }
  /// ε, added to the root of the mean square so that nothing is divided by 0.
  public var epsilon: Double { didSet { requireOptions() } }
  /// λ, the decay of the weights; 0 is none.
  public var weightDecay: Double { didSet { requireOptions() } }
  /// How fast μ grows from β₁ / 2 to β₁.
  public let momentumDecay: Double
  /// The state of each parameter.
  public var slots: Slots<State>

  /// Adam's means, and M, the product of all μ so far.
  public struct State: OptimizerState {
    var moments: AdamState
    var product = Tensor(ones: [1], dtype: .float64)

    public static var nonnegative: Set<String> { AdamState.nonnegative.union(["momentumProduct"]) }

    public var tensors: [String: Tensor] {
      get { moments.tensors.merging(["momentumProduct": product]) { $1 } }
      set { (moments.tensors, product) = (newValue, newValue["momentumProduct"] ?? product) }
    }
  }

  /// An optimizer of all parameters of a model, with PyTorch's defaults. With `maximize` it goes up along the gradient.
  public init(
    for model: some Module, learningRate: Double = 2e-3, betas: (Double, Double) = (0.9, 0.999),
    epsilon: Double = 1e-8, weightDecay: Double = 0, momentumDecay: Double = 4e-3, maximize: Bool = false,
    groups: [ParameterGroup] = []
  ) {
    self.learningRate = learningRate
    self.betas = betas
    self.epsilon = epsilon
    self.weightDecay = weightDecay
    self.momentumDecay = momentumDecay
    require(
      areNotNegative(momentumDecay), "NAdam: momentumDecay \(momentumDecay) must be finite and not negative")
    slots = Slots(for: model, groups: groups, maximize: maximize, using: [.betas, .epsilon]) {
      State(moments: AdamState(for: $0))
    }
    requireOptions()
  }

  public func update(_ value: inout Tensor, along gradient: Tensor, _ state: inout State, _ step: UpdateStep) {
    let (betas, epsilon) = (step.betas ?? betas, step.epsilon ?? epsilon)
    func momentum(_ t: Int) -> Double { betas.0 * (1 - 0.5 * pow(0.96, Double(t) * momentumDecay)) }
    let (now, next) = (momentum(step.number), momentum(step.number + 1))
    let product = state.product.item * now
    state.product = Tensor([product])
    let options = strata_adam_step_options(
      mean_rate: step.learningRate * next / (1 - product * next),
      gradient_rate: step.learningRate * (1 - now) / (1 - product), beta1: betas.0, beta2: betas.1, epsilon: epsilon,
      root_correction: (1 - pow(betas.1, Double(step.number))).squareRoot(), decay: step.weightDecay, shrink: 1,
      divides: 1)
    state.moments.update(&value, along: gradient, options, for: "NAdam")
  }
}
