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

  init(for value: Tensor, amsgrad: Bool) {
    func zeros() -> Tensor { Tensor(zeros: value.shape, dtype: value.dtype) }
    (mean, square, largest) = (zeros(), zeros(), amsgrad ? zeros() : nil)
  }
}
