import Strata

let visionWorkloads: [Workload] = [
  .training(
    "conv-cifar", input: [64, 3, 32, 32], optimizer: { SGD(for: $0, learningRate: 0.01) },
    model: {
      Sequential {
        for (inputs, outputs) in [(3, 64), (64, 128), (128, 256)] {
          Conv2D(inputs, outputs, kernel: 3, padding: 1)
          BatchNorm(outputs)
          ReLU()
          MaxPool2D(kernel: 2)
        }
        Flatten()
        Linear(4096, 10)
      }
    }),
  .training(
    "resnet9", input: [32, 3, 32, 32], optimizer: { SGD(for: $0, learningRate: 0.01) },
    model: {
      Sequential(
        block(3, 64) + block(64, 128, pools: true) + [Residual { Sequential(block(128, 128) + block(128, 128)) }]
          + block(128, 256, pools: true) + block(256, 512, pools: true)
          + [
            Residual { Sequential(block(512, 512) + block(512, 512)) }, MaxPool2D(kernel: 4), Flatten(),
            Linear(512, 10),
          ])
    }),
  .training(
    "mobilenet-block", input: [32, 64, 32, 32], optimizer: { SGD(for: $0, learningRate: 0.01) },
    model: {
      Sequential {
        Conv2D(64, 64, kernel: 3, padding: 1, groups: 64, bias: false)
        BatchNorm(64)
        ReLU()
        Conv2D(64, 128, kernel: 1, bias: false)
        BatchNorm(128)
        ReLU()
        GlobalAveragePool()
        Linear(128, 10)
      }
    }),
  .training(
    "conv1d-tcn", input: [32, 64, 512], optimizer: { SGD(for: $0, learningRate: 0.01) },
    model: {
      Sequential {
        for dilation in [1, 2, 4, 8, 16, 32] {
          Conv1D(64, 64, kernel: 3, padding: .causal, dilation: dilation)
          ReLU()
        }
        GlobalAveragePool()
        Linear(64, 10)
      }
    }),
  .training(
    "conv-transpose", input: [32, 64, 16, 16], optimizer: { SGD(for: $0, learningRate: 0.01) },
    model: {
      Sequential {
        ConvTranspose2D(64, 32, kernel: 4, stride: 2, padding: 1)
        ReLU()
        ConvTranspose2D(32, 16, kernel: 4, stride: 2, padding: 1)
        ReLU()
        GlobalAveragePool()
        Linear(16, 10)
      }
    }),
]

/// A convolution of 3 × 3, normalized, and pooled by 2 if asked for.
private func block(_ inputs: Int, _ outputs: Int, pools: Bool = false) -> [any Layer] {
  [Conv2D(inputs, outputs, kernel: 3, padding: 1, bias: false), BatchNorm(outputs), ReLU()]
    + (pools ? [MaxPool2D(kernel: 2)] : [])
}
