import Strata

let inferenceWorkloads: [Workload] = [1, 64, 4096].map { batch in
  Workload("infer-b\(batch)") {
    let model = withSeed(1, perceptron(784, 256, 10))
    let x = Tensor(normal: [batch, 784])
    return { _ = model(x) }
  }
}

let elementwiseWorkloads: [Workload] = [
  .function("tanh") { tanh($0) },
  .function("sigmoid") { sigmoid($0) },
  .function("relu") { relu($0) },
  .function("exp") { exp($0) },
  .function("softmax", of: [1024, 1024]) { Softmax()($0) },
  Workload("ew-bn") {
    let layer = BatchNorm(512)
    let (x, dy) = (Tensor(normal: [4096, 512]), Tensor(normal: [4096, 512]))
    return {
      var gradients = Gradients()
      let (_, cache) = layer.forward(x)
      _ = layer.backward(dy, cache, &gradients)
    }
  },
  Workload("ew-adam10M") {
    let layer = Linear(2500, 4000, bias: false)
    var optimizer = Adam(for: layer)
    var gradients = Gradients()
    gradients.add(Tensor(normal: [2500, 4000]), to: layer.weight)
    return { try optimizer.update(along: gradients) }
  },
]

let productWorkloads: [Workload] = [
  .product(64, 256, 128),
  .product(128, 256, 784),
  .product(784, 256, 128, transposed: true),
  .product(1024, 1024, 1024),
  .product(2048, 2048, 2048),
]

/// y += x, with both in a number of megabytes (2²⁰ bytes); the rate falls as they exceed each cache.
let bandwidthWorkloads: [Workload] = [1, 4, 16, 32, 64, 256].map { megabytes in
  let count = megabytes << 20 / 8
  return Workload("bandwidth-\(megabytes)mb", amount: .bytes(12 * Double(count))) {
    let x = Tensor(ones: [count])
    var y = Tensor(zeros: [count])
    return { y += x }
  }
}

extension Workload {
  /// A function of a million floats.
  fileprivate static func function(
    _ name: String, of shape: Shape = [1_000_000], _ function: @escaping @Sendable (Tensor) -> Tensor
  ) -> Workload {
    Workload("ew-" + name) {
      let x = Tensor(normal: shape)
      return { _ = function(x) }
    }
  }

  /// A matrix product, optionally of a transposed first factor.
  fileprivate static func product(_ m: Int, _ k: Int, _ n: Int, transposed: Bool = false) -> Workload {
    let name = "gemm-\(m)x\(k)x\(n)" + (transposed ? "-transposed" : "")
    return Workload(name, amount: .operations(2 * Double(m) * Double(k) * Double(n))) {
      let a = Tensor(normal: transposed ? [k, m] : [m, k])
      let b = Tensor(normal: [k, n])
      if transposed { return { _ = matmul(a.transposed, b) } }
      return { _ = matmul(a, b) }
    }
  }
}
