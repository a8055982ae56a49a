import CStrataKernels
import StrataLayers
import StrataTensor

/// Stochastic gradient descent, with momentum where it is asked for.
///
/// With ∇ the gradient of the loss by the weights w, η the learning rate, λ the weight decay, μ the momentum and τ the
/// dampening:
///
/// - g = ∇ + λ w
/// - m ← μ m + (1 − τ) g, or m = g in the first step with momentum
/// - d = g without momentum, m with it, g + μ m in Nesterov's form
/// - w ← w − η d
///
/// Sutskever, Martens, Dahl and Hinton, "On the Importance of Initialization and Momentum in Deep
/// Learning", 2013; conventions are PyTorch's.
///
/// PyTorch's has a default rate, and keeps denormal directions: see the article "Differences from PyTorch".
public struct SGD: Optimizer {
  /// η, the rate of the next step.
  public var learningRate: Double { didSet { requireOptions() } }
  /// μ, the factor of the velocity so far in the next; 0 is none. Where it is set later, m starts with the next step.
  public var momentum: Double { didSet { requireOptions() } }
  /// τ, the share of the gradient that the velocity leaves out.
  public var dampening: Double { didSet { requireOptions() } }
  /// λ, the decay of the weights; 0 is none.
  public var weightDecay: Double { didSet { requireOptions() } }
  /// Whether the step looks ahead along the velocity, as Nesterov's does.
  public var nesterov: Bool { didSet { requireOptions() } }
  /// The state of each parameter.
  public var slots: Slots<State>

  /// The running direction m, where there is momentum.
  public struct State: OptimizerState {
    var momentum: Tensor?

    public var tensors: [String: Tensor] {
      get { momentum.map { ["momentum": $0] } ?? [:] }
      set { momentum = newValue["momentum"] }
    }
  }

  /// An optimizer of all parameters of a model. With `maximize` it goes up along the gradient.
  public init(
    for model: some Module, learningRate: Double, momentum: Double = 0, dampening: Double = 0,
    weightDecay: Double = 0, nesterov: Bool = false, maximize: Bool = false, groups: [ParameterGroup] = []
  ) {
    self.learningRate = learningRate
    self.momentum = momentum
    self.dampening = dampening
    self.weightDecay = weightDecay
    self.nesterov = nesterov
    slots = Slots(for: model, groups: groups, maximize: maximize, using: [.momentum]) { value, group in
      State(momentum: group.momentum ?? momentum > 0 ? Tensor(zeros: value.shape, dtype: value.dtype) : nil)
    }
    requireOptions()
  }

  /// Stops the program where an option has no meaning.
  private func requireOptions() {
    require(
      areNotNegative(learningRate, momentum, weightDecay) && 0...1 ~= dampening,
      "SGD: learningRate \(learningRate), momentum \(momentum) and weightDecay \(weightDecay) must be finite and not "
        + "negative, and dampening \(dampening) must lie in 0...1")
    require(
      !nesterov || momentum > 0 && dampening == 0,
      "SGD: Nesterov's form needs momentum and no dampening; give momentum: 0.9")
  }

  public func update(_ value: inout Tensor, along gradient: Tensor, _ state: inout State, _ step: UpdateStep) {
    move(&value, along: gradient, &state, step)
  }

  /// Moves the rows alone where there is neither momentum nor decay: without these no other row would move.
  public func update(
    _ value: inout Tensor, alongRows gradient: RowGradient, _ state: inout State, _ step: UpdateStep
  ) {
    if step.momentum ?? momentum > 0 || step.weightDecay > 0 {
      move(&value, along: gradient.tensor, &state, step)
    } else {
      move(&value, along: gradient, &state, step)
    }
  }

  private func move(
    _ value: inout Tensor, along gradient: some UpdateDirection, _ state: inout State, _ step: UpdateStep
  ) {
    let momentum = step.momentum ?? momentum
    let isFirst = step.number == 1 || state.momentum == nil
    if momentum > 0 && state.momentum == nil { state.momentum = Tensor(zeros: value.shape, dtype: value.dtype) }
    let options = strata_sgd_options(
      rate: step.learningRate, momentum: momentum, dampening: dampening, decay: step.weightDecay,
      nesterov: nesterov && momentum > 0 ? 1 : 0, first: isFirst ? 1 : 0)
    func run<T: KernelScalar>(_: T.Type) {
      let (m, sgd) = (momentum > 0 ? state.momentum?.uniqueMutablePointer(T.self) : nil, T.sgd)
      value.update(along: gradient) { (n, i, w, g, fresh: UnsafeMutablePointer<T>) in
        sgd(n, options, w, g, m.map { $0 + i }, fresh)
      }
    }
    gradient.withKernels(for: "SGD") { run($0) }
  }
}
