import CStrataKernels
import StrataLayers
import StrataTensor

/// Adadelta: steps as large, in the root of a running mean, as the ones before, by the gradient's.
///
/// With ∇ the gradient of the loss by the weights w, η the learning rate and λ the weight decay:
///
/// - g = ∇ + λ w
/// - v ← ρ v + (1 − ρ) g²
/// - d = √(u + ε) / √(v + ε) · g
/// - u ← ρ u + (1 − ρ) d², then w ← w − η d
///
/// Zeiler, "ADADELTA: An Adaptive Learning Rate Method", 2012; conventions are PyTorch's.
public struct Adadelta: Optimizer {
  /// η, by which each step is multiplied; 1 in the paper.
  public var learningRate: Double { didSet { requireOptions() } }
  /// ρ, the decay rate of both means.
  public var rho: Double { didSet { requireOptions() } }
  /// ε, which makes the first steps and keeps the divisor from 0.
  public var epsilon: Double { didSet { requireOptions() } }
  /// λ, the decay of the weights; 0 is none.
  public var weightDecay: Double { didSet { requireOptions() } }
  /// The state of each parameter.
  public var slots: Slots<State>

  /// The running means of the squared gradient, v, and of the squared step, u.
  public struct State: OptimizerState {
    var square: Tensor
    var step: Tensor

    public static let nonnegative: Set = ["square", "stepSquare"]

    public var tensors: [String: Tensor] {
      get { ["square": square, "stepSquare": step] }
      set { (square, step) = (newValue["square"] ?? square, newValue["stepSquare"] ?? step) }
    }
  }

  /// An optimizer of all parameters of a model, with PyTorch's defaults. With `maximize` it goes up along the gradient.
  public init(
    for model: some Module, learningRate: Double = 1, rho: Double = 0.9, epsilon: Double = 1e-6,
    weightDecay: Double = 0, maximize: Bool = false, groups: [ParameterGroup] = []
  ) {
    self.learningRate = learningRate
    self.rho = rho
    self.epsilon = epsilon
    self.weightDecay = weightDecay
    slots = Slots(for: model, groups: groups, maximize: maximize, using: [.epsilon]) {
      State(square: Tensor(zeros: $0.shape, dtype: $0.dtype), step: Tensor(zeros: $0.shape, dtype: $0.dtype))
    }
    requireOptions()
  }

  /// Stops the program where an option has no meaning.
  private func requireOptions() {
    require(
      areNotNegative(learningRate, epsilon, weightDecay) && 0...1 ~= rho,
      "Adadelta: learningRate \(learningRate), epsilon \(epsilon) and weightDecay \(weightDecay) must be finite and not "
        + "negative, and rho \(rho) must lie in 0...1")
  }

  public func update(_ value: inout Tensor, along gradient: Tensor, _ state: inout State, _ step: UpdateStep) {
    let options = strata_adadelta_options(
      rate: step.learningRate, rho: rho, epsilon: step.epsilon ?? epsilon, decay: step.weightDecay)
    func run<T: KernelScalar>(_: T.Type) {
      let (v, u) = (state.square.uniqueMutablePointer(T.self), state.step.uniqueMutablePointer(T.self))
      value.update(along: gradient) { (n, i, w, g, fresh: UnsafeMutablePointer<T>) in
        T.adadelta(n, options, w, g, v + i, u + i, fresh)
      }
    }
    gradient.withKernels(for: "Adadelta") { run($0) }
  }
}
