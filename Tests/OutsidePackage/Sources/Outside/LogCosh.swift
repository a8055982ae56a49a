import Strata

/// The mean over all elements of log cosh(y − t), whose gradient by y is tanh(y − t) / n.
public struct LogCosh: Loss {
  public init() {}

  public func evaluate(_ output: consuming Tensor, _ target: Tensor) -> (value: Double, gradient: Tensor) {
    let d = output - target
    // log cosh d = |d| + log(1 + exp(−2|d|)) − log 2, which no large d overflows.
    let size = abs(d)
    let value = (size + log(1 + exp(-2 * size))).mean().item - 0.6931471805599453
    return (value, tanh(d) / Double(d.count))
  }
}
