import CStrataKernels
import StrataLayers
import StrataTensor

/// RMSProp: steps scaled by a running mean of the squared gradient.
///
/// With g the gradient plus weightDecay · w, v ← αv + (1 − α)g² and d = g / (√v + ε); centred, with
/// m ← αm + (1 − α)g, d = g / (√(v − m²) + ε), scaled by the gradient's spread about its mean. Then
/// w ← w − rate · d, or with momentum b ← momentum · b + d and w ← w − rate · b.
///
/// Tieleman and Hinton, "Lecture 6.5: RMSProp", Coursera, 2012; conventions are PyTorch's.
public struct RMSProp: Optimizer {
  /// The rate of the next step.
  public var learningRate: Double
  /// The decay rate of the mean of the squared gradient.
  public var alpha: Double
  /// What is added to the root of the mean square, so that nothing is divided by 0.
  public var epsilon: Double
  /// The factor of the decay of the weights; 0 is none.
  public var weightDecay: Double
  /// The factor of the last step in the next; 0 is none.
  public var momentum: Double
  /// Whether the mean of the gradient is subtracted, so that its variance divides.
  public let centered: Bool
  /// The state of each parameter.
  public var slots: Slots<State>

  /// The running means of the squared gradient, v, and of the gradient, m, and the buffer b of momentum.
  public struct State: OptimizerState {
    var square: Tensor
    var mean: Tensor?
    var momentum: Tensor?

    public var tensors: [String: Tensor] {
      get { ["square": square, "mean": mean, "momentum": momentum].compactMapValues { $0 } }
      set {
        if let square = newValue["square"] { self.square = square }
        mean = newValue["mean"]
        momentum = newValue["momentum"]
      }
    }
  }

  public init(
    for model: some Module, learningRate: Double = 1e-2, alpha: Double = 0.99, epsilon: Double = 1e-8,
    weightDecay: Double = 0, momentum: Double = 0, centered: Bool = false, groups: [ParameterGroup] = []
  ) {
    require(
      learningRate >= 0 && epsilon >= 0 && weightDecay >= 0 && momentum >= 0 && 0...1 ~= alpha,
      "RMSProp: learningRate \(learningRate), epsilon \(epsilon), weightDecay \(weightDecay) and momentum "
        + "\(momentum) must not be negative, and alpha \(alpha) must lie in 0...1")
    self.learningRate = learningRate
    self.alpha = alpha
    self.epsilon = epsilon
    self.weightDecay = weightDecay
    self.momentum = momentum
    self.centered = centered
    slots = Slots(for: model, groups: groups) { value in
      func zeros() -> Tensor { Tensor(zeros: value.shape, dtype: value.dtype) }
      return State(square: zeros(), mean: centered ? zeros() : nil, momentum: momentum > 0 ? zeros() : nil)
    }
  }

  public func update(_ value: inout Tensor, along gradient: Tensor, _ state: inout State, _ step: UpdateStep) {
    let options = strata_rmsprop_options(
      rate: step.learningRate, alpha: alpha, epsilon: epsilon, decay: step.weightDecay, momentum: momentum)
    func run<T: KernelScalar>(_: T.Type) {
      let (g, v) = (gradient.pointer(T.self), state.square.uniqueMutablePointer(T.self))
      let m = state.mean?.uniqueMutablePointer(T.self)
      let b = state.momentum?.uniqueMutablePointer(T.self)
      value.overwrite { old, new in
        let (w, fresh) = (old.pointer(T.self), new.mutablePointer(T.self))
        parallel(overElements: gradient.count) { range in
          let i = range.lowerBound
          T.rmsprop(range.count, options, w + i, g + i, v + i, m.map { $0 + i }, b.map { $0 + i }, fresh + i)
        }
      }
    }
    gradient.dtype.withKernels(for: "RMSProp") { run($0) }
  }
}
