import Strata

/// Batches of normally distributed inputs and random labels, used in turn, so that a model does not fit one and drift
/// into denormal numbers.
struct BatchCycle {
  private let batches: [(inputs: Tensor, labels: Tensor)]
  private var count = 0

  init(_ input: Shape, classes: Int) {
    batches = (0..<16).map { number in
      var generator = RandomGenerator(seed: 2, stream: UInt64(number))
      let labels = (0..<input[0]).map { _ in Int.random(in: 0..<classes, using: &generator) }
      return (inputs: Tensor(normal: input, using: &generator), labels: Tensor(labels: labels))
    }
  }

  mutating func next() -> (inputs: Tensor, labels: Tensor) {
    count += 1
    return batches[(count - 1) % batches.count]
  }
}
