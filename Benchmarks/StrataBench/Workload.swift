import Strata

/// Something to time: a name, and how to set up a closure that does it once.
struct Workload: Sendable {
  let name: String

  /// The multiplications and additions of one run where it is one matrix product, else nil.
  let productOperations: Double?

  let make: @Sendable () -> Run

  /// What is timed, and what goes before each time of it.
  typealias Run = (prepare: () -> Void, timed: () throws -> Void)

  init(_ name: String, productOperations: Double? = nil, _ make: @escaping @Sendable () -> () throws -> Void) {
    self.name = name
    self.productOperations = productOperations
    self.make = { ({}, make()) }
  }

  init(_ name: String, prepared make: @escaping @Sendable () -> Run) {
    self.name = name
    productOperations = nil
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
      var batches = BatchCycle(input, classes: classes)
      var optimizer = optimizer(model)
      let loss = SoftmaxCrossEntropy()
      return {
        let batch = batches.next()
        let (_, gradients) = model.gradients(at: batch.inputs) { loss.evaluate($0, batch.labels) }
        try optimizer.update(along: gradients)
      }
    }
  }

  /// The train step of a perceptron of two layers whose forward is written with variables.
  static func tape(_ name: String, input: Shape, hidden: Int, classes: Int = 10) -> Workload {
    Workload(name) {
      let (first, second) = withSeed(1) { (Linear(input[1], hidden), Linear(hidden, classes)) }
      var batches = BatchCycle(input, classes: classes)
      var optimizer = Adam(for: Sequential([first, second]))
      let loss = SoftmaxCrossEntropy()
      func affine(_ x: Variable, _ layer: Linear) -> Variable {
        matmul(x, layer.weight.variable) + layer.bias!.variable
      }
      return {
        let batch = batches.next()
        let (_, gradients) = gradients {
          loss(affine(relu(affine(Variable(batch.inputs), first)), second), batch.labels)
        }
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

  /// One pass through a product of square matrices on a batch of one.
  ///
  /// Forward and backward take turns as they do in training, and one of them is timed: each finds in the caches
  /// what the other left there.
  static func chain(_ name: String, factors: Int, size: Int, timesBackward: Bool) -> Workload {
    Workload(
      name,
      prepared: {
        let layer = withSeed(1) {
          MatrixProduct(dimensions: Array(repeating: size, count: factors + 1), initializer: .lecunNormal)
        }
        let (x, dy) = (Tensor(normal: [1, size]), Tensor(normal: [1, size]))
        var cache: MatrixProduct.Cache?
        let forward = { cache = layer.forward(x).1 }
        let backward = {
          var gradients = Gradients()
          if let last = cache.take() { _ = layer.backward(dy, last, &gradients) }
        }
        return timesBackward ? (forward, backward) : (backward, forward)
      })
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
