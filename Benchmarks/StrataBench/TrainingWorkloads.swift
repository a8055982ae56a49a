import Strata

let perceptronWorkloads: [Workload] = [
  .training("mlp-tiny", input: [64, 128], optimizer: { Adam(for: $0) }, model: perceptron(128, 256, 10)),
  .training("mlp-mnist", input: [64, 784], optimizer: { Adam(for: $0) }, model: perceptron(784, 256, 10)),
  .training(
    "mlp-mnist-b32", input: [32, 784], optimizer: { SGD(for: $0, learningRate: 0.01) },
    model: perceptron(784, 128, 10)),
  .training(
    "mlp-bn", input: [128, 784], optimizer: { Adam(for: $0) },
    model: {
      Sequential {
        Linear(784, 512)
        BatchNorm(512)
        ReLU()
        Linear(512, 512)
        BatchNorm(512)
        ReLU()
        Linear(512, 10)
      }
    }),
  .training("mlp-wide", input: [256, 784], optimizer: { Adam(for: $0) }, model: perceptron(784, 1024, 1024, 10)),
  .training("mlp-2048", input: [512, 2048], optimizer: { Adam(for: $0) }, model: perceptron(2048, 2048, 2048, 10)),
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
]

let recurrentWorkloads: [Workload] =
  recurrences("small", input: [32, 28, 28], hidden: 128) + recurrences("big", input: [64, 100, 64], hidden: 256)

let convolution = Workload.training(
  "conv-small", input: [64, 1, 28, 28], optimizer: { Adam(for: $0) },
  model: {
    Sequential {
      Conv2D(1, 6, kernel: 5, padding: 2)
      ReLU()
      MaxPool2D(kernel: 2)
      Conv2D(6, 16, kernel: 5)
      ReLU()
      MaxPool2D(kernel: 2)
      Flatten()
      Linear(400, 120)
      ReLU()
      Linear(120, 84)
      ReLU()
      Linear(84, 10)
    }
  })

/// Linear layers of these sizes with ReLU in between.
func perceptron(_ sizes: Int...) -> @Sendable () -> Sequential {
  {
    Sequential(
      zip(sizes, sizes.dropFirst()).enumerated().flatMap { index, pair -> [any Layer] in
        let linear = Linear(pair.0, pair.1)
        return index + 2 < sizes.count ? [linear, ReLU()] : [linear]
      })
  }
}

/// A cell of each kind over the steps of a sequence, and a linear layer on the last output.
private func recurrences(_ size: String, input: Shape, hidden: Int) -> [Workload] {
  func recurrence(_ name: String, _ layer: @escaping @Sendable (Int, Int) -> any Layer) -> Workload {
    .training(
      "\(name)-\(size)", input: input, optimizer: { Adam(for: $0) },
      model: { Sequential([layer(input[2], hidden), Linear(hidden, 10)]) })
  }
  return [
    recurrence("rnn") { Recurrent(RNNCell($0, $1), returning: .lastStep) },
    recurrence("lstm") { Recurrent(LSTMCell($0, $1), returning: .lastStep) },
    recurrence("gru") { Recurrent(GRUCell($0, $1), returning: .lastStep) },
  ]
}

extension Workload {
  /// A training step (forward, loss, backward, optimizer) of a classifier on normally distributed inputs.
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
}
