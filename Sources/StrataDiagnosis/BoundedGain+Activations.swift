import StrataLayers
import StrataTensor

// The largest slope of each elementwise function.

extension Sigmoid: BoundedGain {
  /// σ' = σ(1 − σ) ≤ ¼.
  public func gainBound(at x: Tensor) -> Double { 0.25 }
}

extension Tanh: BoundedGain {
  public func gainBound(at x: Tensor) -> Double { 1 }
}

extension ReLU: BoundedGain {
  public func gainBound(at x: Tensor) -> Double { 1 }
}

extension LeakyReLU: BoundedGain {
  public func gainBound(at x: Tensor) -> Double { max(1, slope) }
}

extension PReLU: BoundedGain {
  public func gainBound(at x: Tensor) -> Double { max(1, abs(weight.value).max().item) }
}

extension ELU: BoundedGain {
  public func gainBound(at x: Tensor) -> Double { max(1, alpha) }
}

extension Softplus: BoundedGain {
  public func gainBound(at x: Tensor) -> Double { 1 }
}

extension SiLU: BoundedGain {
  /// σ(x)(1 + x(1 − σ(x))) is largest at x = 2.3994: 1.09984.
  public func gainBound(at x: Tensor) -> Double { 1.0999 }
}

extension GELU: BoundedGain {
  /// Φ(x) + x φ(x) is largest at x = √2: Φ(√2) + √2 φ(√2) = 1.12890, of the approximation 1.12899.
  public func gainBound(at x: Tensor) -> Double { 1.129 }
}

extension Softmax: BoundedGain {
  /// diag(y) − y yᵀ is a covariance of indicators; its largest eigenvalue is at most ½, reached by two equal classes.
  public func gainBound(at x: Tensor) -> Double { 0.5 }
}

extension SELU: BoundedGain {
  /// Just below 0: λα = 1.75810.
  public func gainBound(at x: Tensor) -> Double { 1.7582 }
}

extension Mish: BoundedGain {
  /// The slope is largest at x = 1.4906: 1.08850.
  public func gainBound(at x: Tensor) -> Double { 1.0885 }
}

extension Hardswish: BoundedGain {
  /// Just below x = 3.
  public func gainBound(at x: Tensor) -> Double { 1.5 }
}

extension Hardsigmoid: BoundedGain {
  public func gainBound(at x: Tensor) -> Double { 1.0 / 6 }
}

// Of those whose slope is 1 at most.

extension CELU: BoundedGain {
  public func gainBound(at x: Tensor) -> Double { 1 }
}

extension LogSigmoid: BoundedGain {
  public func gainBound(at x: Tensor) -> Double { 1 }
}

extension Softsign: BoundedGain {
  public func gainBound(at x: Tensor) -> Double { 1 }
}

extension Softshrink: BoundedGain {
  public func gainBound(at x: Tensor) -> Double { 1 }
}

extension Hardshrink: BoundedGain {
  public func gainBound(at x: Tensor) -> Double { 1 }
}

extension Tanhshrink: BoundedGain {
  public func gainBound(at x: Tensor) -> Double { 1 }
}

extension Hardtanh: BoundedGain {
  public func gainBound(at x: Tensor) -> Double { 1 }
}

extension ReLU6: BoundedGain {
  public func gainBound(at x: Tensor) -> Double { 1 }
}

extension Threshold: BoundedGain {
  public func gainBound(at x: Tensor) -> Double { 1 }
}

extension Maxout: BoundedGain {
  public func gainBound(at x: Tensor) -> Double { 1 }
}
