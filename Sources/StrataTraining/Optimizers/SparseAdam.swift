import CStrataKernels
import Foundation
import StrataLayers
import StrataTensor

/// Adam of the rows that a step has used: the others, and their running means, stay as they are.
///
/// ```swift
/// let model = Sequential { Embedding(10_000_000, 64, isSparse: true); MeanOverTime(); Linear(64, 2) }
/// var optimizer = SparseAdam(for: model, learningRate: 1e-3)
/// ```
///
/// In step t, for the rows that have a gradient g, with w their weights and η the learning rate:
///
/// - m ← β₁ m + (1 − β₁) g, v ← β₂ v + (1 − β₂) g², both 0 before the first step
/// - w ← w − η √(1 − β₂ᵗ) / (1 − β₁ᵗ) · m / (√v + ε)
///
/// t counts the steps of the whole parameter. A row that a step does not use is not moved by its momentum, as ``Adam``
/// would, and its means do not decay: the cost of a step follows the rows used, not the table. A gradient in full
/// counts as one of all rows, where PyTorch's refuses it, so one optimizer serves a model of sparse tables and of
/// layers. There is no weight decay, which would move all rows: a group that states one stops the program.
///
/// Conventions are PyTorch's.
public struct SparseAdam: Optimizer, AdamOptions {
  /// η, the rate of the next step.
  public var learningRate: Double { didSet { requireOptions() } }
  /// β₁ and β₂, the decay rates of the means of the gradient and of its square.
  public var betas: (Double, Double) { didSet { requireOptions() } }
  /// ε, added to the root of the mean square so that nothing is divided by 0.
  public var epsilon: Double { didSet { requireOptions() } }
  /// The state of each parameter.
  public var slots: Slots<AdamState>

  /// An optimizer of all parameters of a model, with PyTorch's defaults; with `maximize` it goes up along the gradient.
  public init(
    for model: some Module, learningRate: Double = 1e-3, betas: (Double, Double) = (0.9, 0.999),
    epsilon: Double = 1e-8, maximize: Bool = false, groups: [ParameterGroup] = []
  ) {
    self.learningRate = learningRate
    self.betas = betas
    self.epsilon = epsilon
    slots = Slots(for: model, groups: groups, maximize: maximize, using: [.betas, .epsilon]) { AdamState(for: $0) }
    let decay = slots.slots.lazy.compactMap(\.options.weightDecay).max() ?? 0
    require(
      decay == 0,
      "SparseAdam: a weight decay of \(decay) would move rows that a step does not use; leave it out of the groups, or use "
        + "AdamW")
    requireOptions()
  }

  public func update(_ value: inout Tensor, along gradient: Tensor, _ state: inout AdamState, _ step: UpdateStep) {
    move(&value, along: gradient, &state, step)
  }

  public func update(
    _ value: inout Tensor, alongRows gradient: RowGradient, _ state: inout AdamState, _ step: UpdateStep
  ) { move(&value, along: gradient, &state, step) }

  private func move(
    _ value: inout Tensor, along gradient: some UpdateDirection, _ state: inout AdamState, _ step: UpdateStep
  ) {
    let (t, betas, epsilon) = (Double(step.number), step.betas ?? betas, step.epsilon ?? epsilon)
    let root = (1 - pow(betas.1, t)).squareRoot()
    // Adam's kernel adds its ε to √v / root: this one is added before.
    let options = strata_adam_options(
      step_size: step.learningRate / (1 - pow(betas.0, t)), beta1: betas.0, beta2: betas.1, epsilon: epsilon / root,
      root_correction: root, decay: 0, shrink: 1)
    state.update(&value, along: gradient, options, for: "SparseAdam")
  }
}
