import CStrataKernels
import Foundation
import StrataLayers
import StrataTensor

/// Muon: steps along an orthogonal matrix near the momentum of a weight matrix, so that all its directions move alike.
///
/// With g the gradient of the loss by a weight matrix W `[in, out]`, η the learning rate and λ the weight decay:
///
/// - b ← μ b + (1 − μ) g, 0 before the first step; d = μ b + (1 − μ) g where `nesterov`, else b
/// - X = d / ‖d‖, and five times X ← a X + (b′ A + c A²) X with A = X Xᵀ, where (a, b′, c) = (3.4445, −4.7750, 2.0315):
///   Newton and Schulz's iteration, which brings the singular values of X to about 1 and keeps its singular vectors
/// - W ← (1 − η λ) W − η √max(1, out / in) X
///
/// Parameters that are no matrices, such as biases and gains, and those whose path `adam` covers, such as embeddings and
/// the output layer, move by ``AdamW`` at the rate η · `adamRate`. Products are in the parameter's precision. Jordan, "Muon:
/// An Optimizer for Hidden Layers in Neural Networks", 2024; conventions are those of PyTorch's `Muon`.
public struct Muon: Optimizer {
  /// η, the rate of the next step.
  public var learningRate: Double { didSet { requireOptions() } }
  /// μ, how much of the momentum is kept.
  public var momentum: Double { didSet { requireOptions() } }
  /// λ, the decay of the weights, apart from the gradient; 0 is none.
  public var weightDecay: Double { didSet { requireOptions() } }
  /// Whether the step is made from where the momentum will be.
  public let nesterov: Bool
  /// How often the iteration runs.
  public let iterations: Int
  /// The rate of parameters that are no matrices, as a part of η.
  public let adamRate: Double
  /// The state of each parameter.
  public var slots: Slots<State>

  private static let betas = (0.9, 0.999)

  /// The momentum of a matrix, or Adam's means of another parameter.
  public struct State: OptimizerState {
    var momentum: Tensor?
    var moments: AdamState?

    public static var nonnegative: Set<String> { AdamState.nonnegative }

    public var tensors: [String: Tensor] {
      get { moments?.tensors ?? ["momentum": momentum!] }
      set {
        moments?.tensors = newValue
        if let momentum = newValue["momentum"] { self.momentum = momentum }
      }
    }
  }

  /// An optimizer of all parameters of a model.
  ///
  /// - Parameters:
  ///   - model: What is optimized.
  ///   - learningRate: η.
  ///   - momentum: μ.
  ///   - nesterov: Whether the step is made from where the momentum will be.
  ///   - weightDecay: λ.
  ///   - iterations: How often Newton and Schulz's iteration runs.
  ///   - adam: Patterns of the paths of matrices that ``AdamW`` is to move, such as `"embedding.*"`.
  ///   - adamRate: The rate of what AdamW moves, as a part of the learning rate.
  ///   - maximize: Whether it goes up along the gradient.
  ///   - groups: Options for some of the parameters.
  public init(
    for model: some Module, learningRate: Double = 0.02, momentum: Double = 0.95, nesterov: Bool = true,
    weightDecay: Double = 0.01, iterations: Int = 5, adam: [String] = [], adamRate: Double = 0.05,
    maximize: Bool = false, groups: [ParameterGroup] = []
  ) {
    self.learningRate = learningRate
    self.momentum = momentum
    self.nesterov = nesterov
    self.weightDecay = weightDecay
    self.iterations = iterations
    self.adamRate = adamRate
    require(
      iterations >= 1 && areNotNegative(adamRate),
      "Muon: \(iterations) iterations must be 1 or more, and adamRate \(adamRate) finite and not negative")
    slots = Slots(for: model, groups: groups, maximize: maximize, using: [.momentum]) { value in
      value.rank == 2
        ? State(momentum: Tensor(zeros: value.shape, dtype: value.dtype)) : State(moments: AdamState(for: value))
    }
    for pattern in adam {
      let covered = slots.slots.indices.filter { matches(slots.slots[$0].path, glob: pattern) }
      require(!covered.isEmpty, "Muon: no parameter's path matches \"\(pattern)\", which AdamW is to move")
      for index in covered where slots.slots[index].state != nil {
        slots.slots[index].state = State(moments: AdamState(for: slots.slots[index].parameter.value))
      }
    }
    requireOptions()
  }

  /// Stops the program where an option has no meaning.
  private func requireOptions() {
    require(
      areNotNegative(learningRate, weightDecay) && 0..<1 ~= momentum,
      "Muon: learningRate \(learningRate) and weightDecay \(weightDecay) must be finite and not negative, and momentum "
        + "\(momentum) must lie in 0..<1")
  }

  public func update(_ value: inout Tensor, along gradient: Tensor, _ state: inout State, _ step: UpdateStep) {
    let momentum = step.momentum ?? momentum
    let shrink = 1 - step.learningRate * step.weightDecay
    guard var buffer = state.momentum.take() else {
      let (rate, t) = (step.learningRate * adamRate, Double(step.number))
      let options = strata_adam_options(
        step_size: rate / (1 - pow(Self.betas.0, t)), beta1: Self.betas.0, beta2: Self.betas.1, epsilon: 1e-8,
        root_correction: (1 - pow(Self.betas.1, t)).squareRoot(), decay: 0, shrink: 1 - rate * step.weightDecay)
      return state.moments!.update(&value, along: gradient, options, for: "Muon")
    }
    buffer *= momentum
    buffer += (1 - momentum) * gradient
    let direction = nesterov ? momentum * buffer + (1 - momentum) * gradient : buffer
    state.momentum = buffer
    let (rows, columns) = (value.shape[0], value.shape[1])
    let rate = step.learningRate * max(1, Double(columns) / Double(rows)).squareRoot()
    value *= shrink
    value -= rate * direction.orthogonalized(iterations: iterations)
  }
}

extension Tensor {
  /// Returns a matrix with the singular vectors of this one, and singular values near 1.
  ///
  /// Its products are taken on the shorter side.
  func orthogonalized(iterations: Int) -> Tensor {
    var x = self / Swift.max(norm, 1e-7)
    let isTall = shape[0] > shape[1]
    for _ in 0..<iterations {
      let square = isTall ? matmul(x.transposed, x) : matmul(x, x.transposed)
      let polynomial = -4.7750 * square + 2.0315 * matmul(square, square)
      x = 3.4445 * x + (isTall ? matmul(x, polynomial) : matmul(polynomial, x))
    }
    return x
  }
}
