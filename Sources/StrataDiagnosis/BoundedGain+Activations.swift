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
