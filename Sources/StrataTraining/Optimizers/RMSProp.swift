import CStrataKernels
import StrataLayers
import StrataTensor

/// RMSProp: steps scaled by a running mean of the squared gradient.
///
/// With ∇ the gradient of the loss by the weights w, η the learning rate, λ the weight decay and μ the momentum:
///
/// - g = ∇ + λ w
/// - v ← α v + (1 − α) g²; centered, m ← α m + (1 − α) g too
/// - d = g / (√v + ε); centered, g / (√(v − m²) + ε), by the gradient's spread about its mean
/// - w ← w − η d; with momentum b ← μ b + d and w ← w − η b
///
/// Tieleman and Hinton, "Lecture 6.5: RMSProp", Coursera, 2012; conventions are PyTorch's.
///
/// PyTorch treats gradients beyond 2⁶³ and denormal means differently: see the article "Differences from PyTorch".
public struct RMSProp: Optimizer {
  /// η, the rate of the next step.
  public var learningRate: Double { didSet { requireOptions() } }
  /// α, the decay rate of the mean of the squared gradient.
  public var alpha: Double { didSet { requireOptions() } }
  /// ε, added to the root of the mean square so that nothing is divided by 0.
  public var epsilon: Double { didSet { requireOptions() } }
  /// λ, the decay of the weights; 0 is none.
  public var weightDecay: Double { didSet { requireOptions() } }
  /// μ, the factor of the last step in the next; 0 is none. Where it is set later, b starts with the next step.
  public var momentum: Double { didSet { requireOptions() } }
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

    public static var nonnegative: Set<String> { ["square"] }
  }

  /// An optimizer of all parameters of a model, with PyTorch's defaults. With `maximize` it goes up along the gradient.
  public init(
    for model: some Module, learningRate: Double = 1e-2, alpha: Double = 0.99, epsilon: Double = 1e-8,
    weightDecay: Double = 0, momentum: Double = 0, centered: Bool = false, maximize: Bool = false,
    groups: [ParameterGroup] = []
  ) {
    self.learningRate = learningRate
    self.alpha = alpha
    self.epsilon = epsilon
    self.weightDecay = weightDecay
    self.momentum = momentum
    self.centered = centered
    slots = Slots(for: model, groups: groups, maximize: maximize, using: [.momentum, .epsilon]) { value, group in
      func zeros() -> Tensor { Tensor(zeros: value.shape, dtype: value.dtype) }
      return State(
        square: zeros(), mean: centered ? zeros() : nil, momentum: group.momentum ?? momentum > 0 ? zeros() : nil)
    }
    requireOptions()
  }

  /// Stops the program where an option has no meaning.
  private func requireOptions() {
    require(
      areNotNegative(learningRate, epsilon, weightDecay, momentum) && 0...1 ~= alpha,
      "RMSProp: learningRate \(learningRate), epsilon \(epsilon), weightDecay \(weightDecay) and momentum "
        + "\(momentum) must be finite and not negative, and alpha \(alpha) must lie in 0...1")
  }

  public func update(_ value: inout Tensor, along gradient: Tensor, _ state: inout State, _ step: UpdateStep) {
    let momentum = step.momentum ?? momentum
    if momentum > 0 && state.momentum == nil { state.momentum = Tensor(zeros: value.shape, dtype: value.dtype) }
    let options = strata_rmsprop_options(
      rate: step.learningRate, alpha: alpha, epsilon: step.epsilon ?? epsilon, decay: step.weightDecay,
      momentum: momentum)
    func run<T: KernelScalar>(_: T.Type) {
      let (v, m) = (state.square.uniqueMutablePointer(T.self), state.mean?.uniqueMutablePointer(T.self))
      let b = momentum > 0 ? state.momentum?.uniqueMutablePointer(T.self) : nil
      value.update(along: gradient) { (n, i, w, g, fresh: UnsafeMutablePointer<T>) in
        T.rmsprop(n, options, w, g, v + i, m.map { $0 + i }, b.map { $0 + i }, fresh)
      }
    }
    gradient.withKernels(for: "RMSProp") { run($0) }
  }
}
