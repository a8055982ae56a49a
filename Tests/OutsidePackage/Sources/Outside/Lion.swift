import Strata

/// w ← (1 − rate · decay) w − rate · sign(β₁m + (1 − β₁)g), then m ← β₂m + (1 − β₂)g.
///
/// Chen and others, "Symbolic Discovery of Optimization Algorithms", 2023.
public struct Lion: Optimizer {
  public var learningRate: Double
  public var weightDecay: Double
  public let betas: (Double, Double)
  public var slots: Slots<State>

  public struct State: OptimizerState {
    var momentum: Tensor

    public var tensors: [String: Tensor] {
      get { ["momentum": momentum] }
      set { momentum = newValue["momentum"] ?? momentum }
    }

    public init(for value: Tensor) { momentum = Tensor(zeros: value.shape, dtype: value.dtype) }
  }

  public init(
    for model: some Module, learningRate: Double = 1e-3, betas: (Double, Double) = (0.9, 0.99), weightDecay: Double = 0
  ) {
    (self.learningRate, self.betas, self.weightDecay) = (learningRate, betas, weightDecay)
    slots = Slots(for: model) { State(for: $0) }
  }

  public func update(_ value: inout Tensor, along gradient: Tensor, _ state: inout State, _ step: UpdateStep) {
    let direction = betas.0 * state.momentum + (1 - betas.0) * gradient
    let sign = (direction .> 0) - (direction .< 0)
    value = (1 - step.learningRate * step.weightDecay) * value - step.learningRate * sign
    state.momentum = betas.1 * state.momentum + (1 - betas.1) * gradient
  }
}

extension Lion: PyTorchOptimizer {
  public static var pytorchNames: [String: String] { ["momentum": "exp_avg"] }
}
