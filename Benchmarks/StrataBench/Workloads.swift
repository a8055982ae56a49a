import Strata

private func perceptron(_ sizes: Int...) -> @Sendable () -> Sequential {
  { Sequential(layers(sizes)) }
}

/// Linear layers of these sizes with a ReLU between each two.
private func layers(_ sizes: [Int]) -> [any Layer] {
  zip(sizes, sizes.dropFirst()).enumerated().flatMap { index, pair -> [any Layer] in
    let linear = Linear(pair.0, pair.1)
    return index + 2 < sizes.count ? [linear, ReLU()] : [linear]
  }
}

/// What `strata-bench` times, by the names that the peers' scripts use too.
let workloads: [Workload] = [
  .training("mlp-tiny", input: [64, 128], optimizer: { Adam(for: $0) }, model: perceptron(128, 256, 10)),
  .training("mlp-mnist", input: [64, 784], optimizer: { Adam(for: $0) }, model: perceptron(784, 256, 10)),
  .tape("autograd-mlp", input: [64, 784], hidden: 256),
  .training(
    "mlp-mnist-b32", input: [32, 784], optimizer: { SGD(for: $0, learningRate: 0.01) },
    model: perceptron(784, 128, 10)),
  .training(
    "mlp-wide", input: [256, 784], optimizer: { Adam(for: $0) }, model: perceptron(784, 1024, 1024, 10)),
  .training(
    "mlp-2048", input: [512, 2048], optimizer: { Adam(for: $0) }, model: perceptron(2048, 2048, 2048, 10)),
  .training(
    "mlp-deep", input: [64, 256], classes: 256, optimizer: { SGD(for: $0, learningRate: 0.01) },
    model: {
      Sequential {
        for _ in 0..<64 {
          Linear(256, 256, initializer: .xavierUniform)
          Tanh()
        }
      }
    }),
  .training(
    "lstm-rows", input: [32, 28, 28], optimizer: { Adam(for: $0) },
    model: {
      Sequential {
        Recurrent(LSTMCell(28, 128), returning: .lastStep)
        Linear(128, 10)
      }
    }),
  .chain("chain-forward", factors: 64, size: 256, timesBackward: false),
  .chain("chain-backward", factors: 64, size: 256, timesBackward: true),
  .inference("infer-b1", input: [1, 784], model: perceptron(784, 256, 10)),
  .inference("infer-b64", input: [64, 784], model: perceptron(784, 256, 10)),
  .inference("infer-b4096", input: [4096, 784], model: perceptron(784, 256, 10)),
  .elementwise("tanh") { tanh($0) },
  .elementwise("sigmoid") { sigmoid($0) },
  .elementwise("relu") { relu($0) },
  .elementwise("exp") { exp($0) },
  .product(64, 256, 128),
  .product(128, 256, 784),
  .product(784, 256, 128, transposed: true),
  .product(1024, 1024, 1024),
  .product(2048, 2048, 2048),
]
