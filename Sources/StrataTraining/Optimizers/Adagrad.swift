import CStrataKernels
import StrataLayers
import StrataTensor

/// Adagrad: steps scaled by the root of all squared gradients so far, so that they shrink most where gradients were large.
///
/// In step t, with ∇ the gradient of the loss by the weights w, η the learning rate and λ the weight decay:
///
/// - g = ∇ + λ w
/// - v ← v + g²
/// - w ← w − η / (1 + (t − 1) · rateDecay) · g / (√v + ε)
///
/// Duchi, Hazan and Singer, "Adaptive Subgradient Methods for Online Learning and Stochastic Optimization", 2011;
/// conventions are PyTorch's.
public struct Adagrad: Optimizer {
  /// η, the rate of the next step.
  public var learningRate: Double { didSet { requireOptions() } }
  /// How fast the rate falls with the steps; 0 is not at all.
  public var rateDecay: Double { didSet { requireOptions() } }
  /// ε, added to the root of the sum so that nothing is divided by 0.
  public var epsilon: Double { didSet { requireOptions() } }
  /// λ, the decay of the weights; 0 is none.
  public var weightDecay: Double { didSet { requireOptions() } }
  /// The state of each parameter.
  public var slots: Slots<State>

  /// The sum of squared gradients, v.
  public struct State: OptimizerState {
    var sum: Tensor

    public static let nonnegative: Set = ["sum"]

    public var tensors: [String: Tensor] {
      get { ["sum": sum] }
      set { sum = newValue["sum"] ?? sum }
    }
  }

  /// An optimizer of all parameters of a model, with PyTorch's defaults; v starts at `initialSum`. With `maximize` it
  /// goes up along the gradient.
  public init(
    for model: some Module, learningRate: Double = 1e-2, rateDecay: Double = 0, epsilon: Double = 1e-10,
    weightDecay: Double = 0, initialSum: Double = 0, maximize: Bool = false, groups: [ParameterGroup] = []
  ) {
    self.learningRate = learningRate
    self.rateDecay = rateDecay
    self.epsilon = epsilon
    self.weightDecay = weightDecay
    require(areNotNegative(initialSum), "Adagrad: initialSum \(initialSum) must be finite and not negative")
    slots = Slots(for: model, groups: groups, maximize: maximize, using: [.epsilon]) {
      State(sum: Tensor(repeating: initialSum, shape: $0.shape, dtype: $0.dtype))
    }
    requireOptions()
  }

  /// Stops the program where an option has no meaning.
  private func requireOptions() {
    require(
      areNotNegative(learningRate, rateDecay, epsilon, weightDecay),
      "Adagrad: learningRate \(learningRate), rateDecay \(rateDecay), epsilon \(epsilon) and weightDecay \(weightDecay) "
        + "must be finite and not negative")
  }

  public func update(_ value: inout Tensor, along gradient: Tensor, _ state: inout State, _ step: UpdateStep) {
    move(&value, along: gradient, &state, step)
  }

  /// Moves the rows alone where there is no decay: without it no other row would move.
  public func update(
    _ value: inout Tensor, alongRows gradient: RowGradient, _ state: inout State, _ step: UpdateStep
  ) {
    if step.weightDecay > 0 {
      move(&value, along: gradient.tensor, &state, step)
    } else {
      move(&value, along: gradient, &state, step)
    }
  }

  private func move(
    _ value: inout Tensor, along gradient: some UpdateDirection, _ state: inout State, _ step: UpdateStep
  ) {
    let options = strata_adagrad_options(
      rate: step.learningRate / (1 + Double(step.number - 1) * rateDecay), epsilon: step.epsilon ?? epsilon,
      decay: step.weightDecay)
    func run<T: KernelScalar>(_: T.Type) {
      let (v, adagrad) = (state.sum.uniqueMutablePointer(T.self), T.adagrad)
      value.update(along: gradient) { (n, i, w, g, fresh: UnsafeMutablePointer<T>) in
        adagrad(n, options, w, g, v + i, fresh)
      }
    }
    gradient.withKernels(for: "Adagrad") { run($0) }
  }
}
