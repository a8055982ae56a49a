import CStrataKernels
import StrataLayers
import StrataTensor

/// Lion: steps of one size in every weight, by the sign of a mean of gradients.
///
/// With g the gradient of the loss by the weights w, η the learning rate and λ the weight decay:
///
/// - w ← (1 − η λ) w − η sign(β₁ m + (1 − β₁) g)
/// - m ← β₂ m + (1 − β₂) g, 0 before the first step
///
/// It remembers half of what ``AdamW`` does, and wants a rate three to ten times smaller. Chen, Liang, Huang et al.,
/// "Symbolic Discovery of Optimization Algorithms", 2023; conventions are optax's.
public struct Lion: Optimizer {
  /// η, the rate of the next step.
  public var learningRate: Double { didSet { requireOptions() } }
  /// β₁, how much of the mean makes the step, and β₂, how much of it is kept.
  public var betas: (Double, Double) { didSet { requireOptions() } }
  /// λ, the decay of the weights, apart from the gradient; 0 is none.
  public var weightDecay: Double { didSet { requireOptions() } }
  /// The state of each parameter.
  public var slots: Slots<State>

  /// The running mean of the gradient, m.
  public struct State: OptimizerState {
    var mean: Tensor

    public var tensors: [String: Tensor] {
      get { ["mean": mean] }
      set { mean = newValue["mean"] ?? mean }
    }
  }

  /// An optimizer of all parameters of a model. With `maximize` it goes up along the gradient.
  public init(
    for model: some Module, learningRate: Double = 1e-4, betas: (Double, Double) = (0.9, 0.99),
    weightDecay: Double = 1e-3, maximize: Bool = false, groups: [ParameterGroup] = []
  ) {
    self.learningRate = learningRate
    self.betas = betas
    self.weightDecay = weightDecay
    slots = Slots(for: model, groups: groups, maximize: maximize, using: [.betas]) {
      State(mean: Tensor(zeros: $0.shape, dtype: $0.dtype))
    }
    requireOptions()
  }

  /// Stops the program where an option has no meaning.
  private func requireOptions() {
    require(
      areNotNegative(learningRate, weightDecay) && 0..<1 ~= betas.0 && 0..<1 ~= betas.1,
      "Lion: learningRate \(learningRate) and weightDecay \(weightDecay) must be finite and not negative, and betas "
        + "\(betas) must lie in 0..<1")
  }

  public func update(_ value: inout Tensor, along gradient: Tensor, _ state: inout State, _ step: UpdateStep) {
    let betas = step.betas ?? betas
    let options = strata_lion_options(
      rate: step.learningRate, beta1: betas.0, beta2: betas.1, shrink: 1 - step.learningRate * step.weightDecay)
    func run<T: KernelScalar>(_: T.Type) {
      let m = state.mean.uniqueMutablePointer(T.self)
      value.update(along: gradient) { (n, i, w, g, fresh: UnsafeMutablePointer<T>) in
        T.lion(n, options, w, g, m + i, fresh)
      }
    }
    gradient.withKernels(for: "Lion") { run($0) }
  }
}
