import Strata

/// y = x·σ(βx), forward only.
struct Swish: DifferentiableLayer {
  let beta = Parameter([], initialValue: 1.5)

  func forward(_ x: Variable) -> Variable { x * sigmoid(beta.variable * x) }
}
