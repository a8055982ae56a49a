import CStrataKernels
import Foundation
import StrataLayers
import StrataTensor

/// Adam: steps scaled by running means of the gradient and of its square.
///
/// With g the gradient plus weightDecay · w,
/// m ← β₁m + (1 − β₁)g, v ← β₂v + (1 − β₂)g²,
/// w ← w − rate · m̂ / (√v̂ + ε), where m̂ = m / (1 − β₁ᵗ) and v̂ = v / (1 − β₂ᵗ) undo the bias of the start
/// from 0. With AMSGrad the largest v so far takes the place of v in v̂, so that a step never grows again
/// because a large gradient is forgotten.
///
/// Kingma and Ba, "Adam: A Method for Stochastic Optimization", 2015; Reddi, Kale and Kumar, "On the
/// Convergence of Adam and Beyond", 2018. Conventions are PyTorch's.
public struct Adam: Optimizer {
  public var learningRate: Double
  public var betas: (Double, Double)
  public var epsilon: Double
  public var weightDecay: Double
  public let isAMSGrad: Bool
  public var slots: Slots<AdamState>

  public init(
    for model: some Layer, learningRate: Double = 1e-3, betas: (Double, Double) = (0.9, 0.999),
    epsilon: Double = 1e-8, weightDecay: Double = 0, amsgrad: Bool = false, groups: [ParameterGroup] = []
  ) {
    AdamState.requireOptions("Adam", learningRate, betas, epsilon, weightDecay)
    self.learningRate = learningRate
    self.betas = betas
    self.epsilon = epsilon
    self.weightDecay = weightDecay
    isAMSGrad = amsgrad
    slots = Slots(for: model, groups: groups) { AdamState(for: $0, amsgrad: amsgrad) }
  }

  public func update(_ value: inout Tensor, along gradient: Tensor, _ state: inout AdamState, _ step: UpdateStep) {
    state.move(&value, along: gradient, step, betas: betas, epsilon: epsilon, decay: step.weightDecay, shrink: 1)
  }
}

/// AdamW: Adam with weight decay apart from the gradient, w ← (1 − rate · weightDecay) · w before the step.
///
/// Loshchilov and Hutter, "Decoupled Weight Decay Regularization", 2019; conventions are PyTorch's.
public struct AdamW: Optimizer {
  public var learningRate: Double
  public var betas: (Double, Double)
  public var epsilon: Double
  public var weightDecay: Double
  public let isAMSGrad: Bool
  public var slots: Slots<AdamState>

  public init(
    for model: some Layer, learningRate: Double = 1e-3, betas: (Double, Double) = (0.9, 0.999),
    epsilon: Double = 1e-8, weightDecay: Double = 0.01, amsgrad: Bool = false, groups: [ParameterGroup] = []
  ) {
    AdamState.requireOptions("AdamW", learningRate, betas, epsilon, weightDecay)
    self.learningRate = learningRate
    self.betas = betas
    self.epsilon = epsilon
    self.weightDecay = weightDecay
    isAMSGrad = amsgrad
    slots = Slots(for: model, groups: groups) { AdamState(for: $0, amsgrad: amsgrad) }
  }

  public func update(_ value: inout Tensor, along gradient: Tensor, _ state: inout AdamState, _ step: UpdateStep) {
    state.move(
      &value, along: gradient, step, betas: betas, epsilon: epsilon, decay: 0,
      shrink: 1 - step.learningRate * step.weightDecay)
  }
}

/// The running means of a parameter's gradient, m, and of its square, v; and the largest v, for AMSGrad.
public struct AdamState: OptimizerState {
  var mean: Tensor
  var square: Tensor
  var largest: Tensor?

  public var tensors: [String: Tensor] {
    get { ["mean": mean, "square": square].merging(largest.map { ["largest": $0] } ?? [:]) { $1 } }
    set {
      if let mean = newValue["mean"] { self.mean = mean }
      if let square = newValue["square"] { self.square = square }
      largest = newValue["largest"]
    }
  }

  init(for value: Tensor, amsgrad: Bool) {
    mean = Tensor(zeros: value.shape, dtype: value.dtype)
    square = Tensor(zeros: value.shape, dtype: value.dtype)
    largest = amsgrad ? Tensor(zeros: value.shape, dtype: value.dtype) : nil
  }

  static func requireOptions(
    _ name: String, _ rate: Double, _ betas: (Double, Double), _ epsilon: Double, _ decay: Double
  ) {
    require(
      rate >= 0 && (0..<1).contains(betas.0) && (0..<1).contains(betas.1) && epsilon >= 0 && decay >= 0,
      "\(name): learningRate \(rate), epsilon \(epsilon) and weightDecay \(decay) must not be negative, "
        + "and betas \(betas) must lie in 0..<1")
  }

  /// One step of one parameter, in one pass over memory.
  mutating func move(
    _ value: inout Tensor, along gradient: Tensor, _ step: UpdateStep, betas: (Double, Double),
    epsilon: Double, decay: Double, shrink: Double
  ) {
    let t = Double(step.number)
    let options = strata_adam_options(
      step_size: step.learningRate / (1 - pow(betas.0, t)), beta1: betas.0, beta2: betas.1, epsilon: epsilon,
      root_correction: (1 - pow(betas.1, t)).squareRoot(), decay: decay, shrink: shrink)
    switch value.dtype {
    case .float32: move(&value, along: gradient, options, strata_adam_f32)
    case .float64: move(&value, along: gradient, options, strata_adam_f64)
    case .int32: refuseIntegers("Adam")
    }
  }

  private mutating func move<T: TensorScalar>(
    _ value: inout Tensor, along gradient: Tensor, _ options: strata_adam_options,
    _ loop: (
      Int, strata_adam_options, UnsafePointer<T>, UnsafePointer<T>, UnsafeMutablePointer<T>,
      UnsafeMutablePointer<T>, UnsafeMutablePointer<T>?, UnsafeMutablePointer<T>
    ) -> Void
  ) {
    let g = gradient.pointer(T.self)
    let (m, v) = (mean.uniqueMutablePointer(T.self), square.uniqueMutablePointer(T.self))
    let largest = self.largest?.uniqueMutablePointer(T.self)
    value.overwrite { old, new in
      let (w, fresh) = (old.pointer(T.self), new.mutablePointer(T.self))
      parallel(over: gradient.count, grain: elementGrain) { range in
        let i = range.lowerBound
        loop(range.count, options, w + i, g + i, m + i, v + i, largest.map { $0 + i }, fresh + i)
      }
    }
  }
}
