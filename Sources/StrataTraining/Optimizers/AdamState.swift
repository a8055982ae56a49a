import CStrataKernels
import Foundation
import StrataTensor

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
    gradient.dtype.withKernels(for: "Adam") { move($0, &value, along: gradient, options) }
  }

  private mutating func move<T: KernelScalar>(
    _: T.Type, _ value: inout Tensor, along gradient: Tensor, _ options: strata_adam_options
  ) {
    let g = gradient.pointer(T.self)
    let (m, v) = (mean.uniqueMutablePointer(T.self), square.uniqueMutablePointer(T.self))
    let largest = self.largest?.uniqueMutablePointer(T.self)
    value.overwrite { old, new in
      let (w, fresh) = (old.pointer(T.self), new.mutablePointer(T.self))
      parallel(overElements: gradient.count) { range in
        let i = range.lowerBound
        T.adam(range.count, options, w + i, g + i, m + i, v + i, largest.map { $0 + i }, fresh + i)
      }
    }
  }
}
