import CStrataKernels
import StrataLayers
import StrataTensor

/// Rprop: a step size for each weight, which grows while its slope keeps its sign and shrinks where that changes.
///
/// With g the gradient of the loss by the weights w, and s the sizes, which start at the learning rate:
///
/// - where g has the sign of the last slope, s ← min(1.2 s, 50)
/// - where it has the other sign, s ← max(0.5 s, 10⁻⁶), and g counts as 0 in this step and the next comparison
/// - w ← w − sign(g) s
///
/// It is made for whole data sets a step: the noise of small batches changes signs by itself. The learning rate is only
/// where sizes begin. Riedmiller and Braun, "A Direct Adaptive Method for Faster Backpropagation Learning: The RPROP
/// Algorithm", 1993; conventions are PyTorch's.
public struct Rprop: Optimizer {
  /// The size of the first step; later ones follow from the slopes.
  public var learningRate: Double
  /// By what a size is multiplied where the slope's sign changes, and where it stays.
  public let factors: (Double, Double)
  /// The smallest and the largest size.
  public let sizes: ClosedRange<Double>
  /// The state of each parameter.
  public var slots: Slots<State>

  /// The sign of the last slope, and the size of the steps.
  public struct State: OptimizerState {
    var sign: Tensor
    var size: Tensor

    public static let nonnegative: Set = ["size"]

    public var tensors: [String: Tensor] {
      get { ["sign": sign, "size": size] }
      set { (sign, size) = (newValue["sign"] ?? sign, newValue["size"] ?? size) }
    }
  }

  /// An optimizer of all parameters of a model, with PyTorch's defaults.
  public init(
    for model: some Module, learningRate: Double = 1e-2, factors: (Double, Double) = (0.5, 1.2),
    sizes: ClosedRange<Double> = 1e-6...50, groups: [ParameterGroup] = []
  ) {
    require(
      areNotNegative(learningRate, sizes.lowerBound, sizes.upperBound) && factors.0 > 0 && factors.0 < 1
        && factors.1 > 1 && factors.1.isFinite,
      "Rprop: learningRate \(learningRate) and sizes \(sizes) must be finite and not negative, and factors \(factors) "
        + "must lie on both sides of 1")
    self.learningRate = learningRate
    self.factors = factors
    self.sizes = sizes
    slots = Slots(for: model, groups: groups) {
      State(sign: Tensor(zeros: $0.shape, dtype: $0.dtype), size: Tensor(zeros: $0.shape, dtype: $0.dtype))
    }
  }

  public func update(_ value: inout Tensor, along gradient: Tensor, _ state: inout State, _ step: UpdateStep) {
    if step.number == 1 { state.size = Tensor(repeating: step.learningRate, shape: value.shape, dtype: value.dtype) }
    let options = strata_rprop_options(
      longer: factors.1, shorter: factors.0, least: sizes.lowerBound, most: sizes.upperBound)
    func run<T: KernelScalar>(_: T.Type) {
      let (sign, size) = (state.sign.uniqueMutablePointer(T.self), state.size.uniqueMutablePointer(T.self))
      value.update(along: gradient) { (n, i, w, g, fresh: UnsafeMutablePointer<T>) in
        T.rprop(n, options, w, g, sign + i, size + i, fresh)
      }
    }
    gradient.dtype.withKernels(for: "Rprop") { run($0) }
  }
}
