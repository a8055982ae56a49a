import CStrataKernels
import StrataLayers
import StrataTensor

/// Stochastic gradient descent: w ← w − rate · d.
///
/// With g the gradient plus weightDecay · w, d is g; with momentum, m ← momentum · m + (1 − dampening) · g
/// (the first step sets m to g) and d is m, or g + momentum · m in Nesterov's form.
///
/// Sutskever, Martens, Dahl and Hinton, "On the Importance of Initialization and Momentum in Deep
/// Learning", 2013; conventions are PyTorch's.
public struct SGD: Optimizer {
  /// The rate of the next step.
  public var learningRate: Double
  /// The factor of the velocity so far in the next; 0 is none.
  public var momentum: Double
  /// The share of the gradient that the velocity leaves out.
  public var dampening: Double
  /// The factor of the decay of the weights; 0 is none.
  public var weightDecay: Double
  /// Whether the step looks ahead along the velocity, as Nesterov's does.
  public var nesterov: Bool
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

  public init(
    for model: some Module, learningRate: Double, momentum: Double = 0, dampening: Double = 0,
    weightDecay: Double = 0, nesterov: Bool = false, groups: [ParameterGroup] = []
  ) {
    require(
      learningRate >= 0 && momentum >= 0 && weightDecay >= 0,
      "SGD: learningRate \(learningRate), momentum \(momentum) and weightDecay \(weightDecay) must not be negative"
    )
    require(!nesterov || momentum > 0 && dampening == 0, "SGD: Nesterov's form needs momentum and no dampening")
    self.learningRate = learningRate
    self.momentum = momentum
    self.dampening = dampening
    self.weightDecay = weightDecay
    self.nesterov = nesterov
    slots = Slots(for: model, groups: groups) { value in
      State(momentum: momentum > 0 ? Tensor(zeros: value.shape, dtype: value.dtype) : nil)
    }
  }

  public func update(_ value: inout Tensor, along gradient: Tensor, _ state: inout State, _ step: UpdateStep) {
    let options = strata_sgd_options(
      rate: step.learningRate, momentum: momentum, dampening: dampening, decay: step.weightDecay,
      nesterov: nesterov ? 1 : 0, first: step.number == 1 ? 1 : 0)
    func run<T: KernelScalar>(_: T.Type) {
      let g = gradient.pointer(T.self)
      let m = state.momentum?.uniqueMutablePointer(T.self)
      value.overwrite { old, new in
        let (w, fresh) = (old.pointer(T.self), new.mutablePointer(T.self))
        parallel(overElements: gradient.count) { range in
          let i = range.lowerBound
          T.sgd(range.count, options, w + i, g + i, m.map { $0 + i }, fresh + i)
        }
      }
    }
    gradient.dtype.withKernels(for: "SGD") { run($0) }
  }
}
