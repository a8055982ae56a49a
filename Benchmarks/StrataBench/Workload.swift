import Strata

/// Something to time: a name, and how to set up a closure that does it once.
struct Workload: Sendable {
  let name: String

  /// The multiplications and additions of one run where it is one matrix product, else nil.
  let productOperations: Double?

  let make: @Sendable () -> () throws -> Void

  init(_ name: String, productOperations: Double? = nil, _ make: @escaping @Sendable () -> () throws -> Void) {
    self.name = name
    self.productOperations = productOperations
    self.make = make
  }
}

extension Workload {
  /// A train step (forward, loss, backward, optimizer) of a classifier of ten classes on normal inputs.
  static func training(
    _ name: String, input: Shape, classes: Int = 10,
    optimizer: @escaping @Sendable (Sequential) -> any Optimizer, model: @escaping @Sendable () -> Sequential
  ) -> Workload {
    Workload(name) {
      let model = withSeed(1, model)
      // Several batches, so that the model does not come to fit one and drift into denormal numbers.
      let batches = (0..<16).map { number in
        var generator = RandomGenerator(seed: 2, stream: UInt64(number))
        let labels = (0..<input[0]).map { _ in Int.random(in: 0..<classes, using: &generator) }
        return (inputs: Tensor(normal: input, using: &generator), labels: Tensor(labels: labels))
      }
      var optimizer = optimizer(model)
      let loss = SoftmaxCrossEntropy()
      var count = 0
      return {
        let batch = batches[count % batches.count]
        count += 1
        let (_, gradients) = model.gradients(at: batch.inputs) { loss.evaluate($0, batch.labels) }
        try optimizer.update(along: gradients)
      }
    }
  }

  /// One inference of a classifier.
  static func inference(_ name: String, input: Shape, model: @escaping @Sendable () -> Sequential) -> Workload {
    Workload(name) {
      let model = withSeed(1, model)
      let x = Tensor(normal: input)
      return { _ = model(x) }
    }
  }

  /// A matrix product, of a transposed first factor if asked for.
  static func product(_ m: Int, _ k: Int, _ n: Int, transposed: Bool = false) -> Workload {
    let name = "gemm-\(m)x\(k)x\(n)" + (transposed ? "-transposed" : "")
    return Workload(name, productOperations: 2 * Double(m) * Double(k) * Double(n)) {
      let a = Tensor(normal: transposed ? [k, m] : [m, k])
      let b = Tensor(normal: [k, n])
      if transposed { return { _ = matmul(a.transposed, b) } }
      return { _ = matmul(a, b) }
    }
  }

  /// An elementwise function of a million floats.
  static func elementwise(_ name: String, _ function: @escaping @Sendable (Tensor) -> Tensor) -> Workload {
    Workload("ew-" + name) {
      let x = Tensor(normal: [1_000_000])
      return { _ = function(x) }
    }
  }
}
