// Draws of events and of orders, from a generator or from a new stream of the current seed.
extension Tensor {
  /// Ones with the probabilities of a tensor, and zeros, of its shape and type.
  public init(bernoulli probabilities: Tensor, using generator: inout RandomGenerator) {
    let chance = Tensor(uniform: probabilities.shape, dtype: .float64, using: &generator)
    self = (chance .< probabilities.converted(to: .float64)).converted(to: probabilities.dtype)
  }

  /// Ones with the probabilities of a tensor, from a new stream of the current seed.
  public init(bernoulli probabilities: Tensor) {
    var generator = RandomGenerator.next()
    self.init(bernoulli: probabilities, using: &generator)
  }

  /// An index for each row along the last axis, as `int32`, drawn with probabilities softmax(logits): [B, K] gives [B].
  /// A logit of −∞ is never drawn.
  ///
  /// By the largest of logits and Gumbel noise: Gumbel, "Statistical Theory of Extreme Values", 1954.
  public init(categorical logits: Tensor, using generator: inout RandomGenerator) {
    let chance = Tensor(uniform: logits.shape, dtype: .float64, using: &generator)
    self = (logits.converted(to: .float64) - log(-log(chance))).argmax()
  }

  /// An index for each row along the last axis, from a new stream of the current seed.
  public init(categorical logits: Tensor) {
    var generator = RandomGenerator.next()
    self.init(categorical: logits, using: &generator)
  }

  /// The integers from 0 to below a number, in a random order, as `int32`.
  public init(permutation count: Int, using generator: inout RandomGenerator) {
    self = Tensor(uniform: [count], dtype: .float64, using: &generator).argsort()
  }

  /// The integers from 0 to below a number, in a random order from a new stream of the current seed.
  public init(permutation count: Int) {
    var generator = RandomGenerator.next()
    self.init(permutation: count, using: &generator)
  }

  /// Independent numbers of the exponential distribution with density λ·exp(−λx).
  public init(
    exponential shape: Shape, rate: Double = 1, dtype: DType = .float32, using generator: inout RandomGenerator
  ) {
    let chance = Tensor(uniform: shape, dtype: .float64, using: &generator)
    self = (-log1p(-chance) / rate).converted(to: dtype)
  }

  /// Independent numbers of the exponential distribution, from a new stream of the current seed.
  public init(exponential shape: Shape, rate: Double = 1, dtype: DType = .float32) {
    var generator = RandomGenerator.next()
    self.init(exponential: shape, rate: rate, dtype: dtype, using: &generator)
  }
}
