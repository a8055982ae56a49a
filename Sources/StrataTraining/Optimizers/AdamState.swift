import CStrataKernels
import StrataTensor

/// The running means of a parameter's gradient, m, and of its square, v; and the largest v, for AMSGrad.
public struct AdamState: OptimizerState {
  var mean: Tensor
  var square: Tensor
  var largest: Tensor?

  public var tensors: [String: Tensor] {
    get { ["mean": mean, "square": square, "largest": largest].compactMapValues { $0 } }
    set {
      if let mean = newValue["mean"] { self.mean = mean }
      if let square = newValue["square"] { self.square = square }
      largest = newValue["largest"]
    }
  }

  public static var nonnegative: Set<String> { ["square", "largest"] }

  init(for value: Tensor, amsgrad: Bool = false) {
    func zeros() -> Tensor { Tensor(zeros: value.shape, dtype: value.dtype) }
    (mean, square, largest) = (zeros(), zeros(), amsgrad ? zeros() : nil)
  }

  /// Moves both means and, by Adam's rule, the values of a parameter.
  mutating func update(
    _ value: inout Tensor, along gradient: some UpdateDirection, _ options: strata_adam_options,
    for rule: @autoclosure () -> String
  ) {
    func run<T: KernelScalar>(_: T.Type) {
      let (m, v) = (mean.uniqueMutablePointer(T.self), square.uniqueMutablePointer(T.self))
      let (largest, adam) = (largest?.uniqueMutablePointer(T.self), T.adam)
      value.update(along: gradient) { (n, i, w, g, fresh: UnsafeMutablePointer<T>) in
        adam(n, options, w, g, m + i, v + i, largest.map { $0 + i }, fresh)
      }
    }
    gradient.withKernels(for: rule()) { run($0) }
  }

  /// Moves both means and the values by a step of both: NAdam's and RAdam's.
  mutating func update(
    _ value: inout Tensor, along gradient: Tensor, _ options: strata_adam_step_options,
    for rule: @autoclosure () -> String
  ) {
    func run<T: KernelScalar>(_: T.Type) {
      let (m, v) = (mean.uniqueMutablePointer(T.self), square.uniqueMutablePointer(T.self))
      value.update(along: gradient) { (n, i, w, g, fresh: UnsafeMutablePointer<T>) in
        T.adamStep(n, options, w, g, m + i, v + i, fresh)
      }
    }
    gradient.withKernels(for: rule()) { run($0) }
  }
}
