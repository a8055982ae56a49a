import CStrataKernels
import StrataLayers
import StrataTensor

/// Rprop: a step size for each weight, which grows while its slope keeps its sign and shrinks where that changes.
///
/// With g the gradient of the loss by the weights w, η the learning rate, and s the sizes, which start at 1:
///
/// - where g has the sign of the last slope, s ← 1.2 s, so far as η s ≤ 50
/// - where it has the other sign, s ← 0.5 s, so far as η s ≥ 10⁻⁶, and g counts as 0 in this step and the next comparison
/// - w ← w − η s sign(g)
///
/// It is made for whole data sets a step: the noise of small batches changes signs by itself. In PyTorch, whose numbers
/// it has at a constant rate, the rate is where sizes begin and has no meaning later. Riedmiller and Braun, "A Direct
/// Adaptive Method for Faster Backpropagation Learning: The RPROP Algorithm", 1993.
public struct Rprop: Optimizer {
  /// η, the size of the first step and the unit of the later ones.
  public var learningRate: Double { didSet { requireOptions() } }
  /// By what a size is multiplied where the slope's sign changes, and where it stays.
  public let factors: (Double, Double)
  /// The smallest and the largest step, η s.
  public let sizes: ClosedRange<Double>
  /// The state of each parameter.
  public var slots: Slots<State>

  /// The sign of the last slope, and the size of the steps, s.
  public struct State: OptimizerState {
    var sign: Tensor
    var size: Tensor

    public static let nonnegative: Set = ["size"]

    public var tensors: [String: Tensor] {
      get { ["sign": sign, "size": size] }
      set { (sign, size) = (newValue["sign"] ?? sign, newValue["size"] ?? size) }
    }
  }

  /// An optimizer of all parameters of a model, with PyTorch's defaults. With `maximize` it goes up along the gradient.
  public init(
    for model: some Module, learningRate: Double = 1e-2, factors: (Double, Double) = (0.5, 1.2),
    sizes: ClosedRange<Double> = 1e-6...50, maximize: Bool = false, groups: [ParameterGroup] = []
  ) {
    self.learningRate = learningRate
    self.factors = factors
    self.sizes = sizes
    slots = Slots(for: model, groups: groups, maximize: maximize) {
      State(sign: Tensor(zeros: $0.shape, dtype: $0.dtype), size: Tensor(ones: $0.shape, dtype: $0.dtype))
    }
    requireOptions()
  }

  /// Stops the program where an option has no meaning.
  private func requireOptions() {
    require(
      areNotNegative(learningRate, sizes.lowerBound, sizes.upperBound) && factors.0 > 0 && factors.0 < 1
        && factors.1 > 1 && factors.1.isFinite,
      "Rprop: learningRate \(learningRate) and sizes \(sizes) must be finite and not negative, and factors \(factors) "
        + "must lie on both sides of 1")
  }

  public func update(_ value: inout Tensor, along gradient: Tensor, _ state: inout State, _ step: UpdateStep) {
    let rate = step.learningRate
    let options = strata_rprop_options(
      rate: rate, longer: factors.1, shorter: factors.0, least: rate > 0 ? sizes.lowerBound / rate : 0,
      most: rate > 0 ? sizes.upperBound / rate : .greatestFiniteMagnitude)
    func run<T: KernelScalar>(_: T.Type) {
      let (sign, size) = (state.sign.uniqueMutablePointer(T.self), state.size.uniqueMutablePointer(T.self))
      value.update(along: gradient) { (n, i, w, g, fresh: UnsafeMutablePointer<T>) in
        T.rprop(n, options, w, g, sign + i, size + i, fresh)
      }
    }
    gradient.withKernels(for: "Rprop") { run($0) }
  }
}
