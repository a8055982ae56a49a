import BenchNetworks
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
    model: resNet9),
  .training(
    "resnet18-cifar", input: [32, 3, 32, 32], optimizer: { SGD(for: $0, learningRate: 0.01) },
    model: {
      Sequential(
        block(3, 64)
          + [
            (64, 64, 1), (64, 64, 1), (64, 128, 2), (128, 128, 1), (128, 256, 2), (256, 256, 1), (256, 512, 2),
            (512, 512, 1),
          ]
          .flatMap(basicBlock)
          + [GlobalAveragePool(), Linear(512, 10)])
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

/// ResNet-18's block: two convolutions of 3 × 3 past which x goes, by 1 × 1 where its shape changes.
private func basicBlock(_ inputs: Int, _ outputs: Int, stride: Int) -> [any Layer] {
  let size = Size2D(stride, stride)
  let body =
    [Conv2D(inputs, outputs, kernel: 3, stride: size, padding: 1, bias: false), BatchNorm(outputs), ReLU()]
    + [Conv2D(outputs, outputs, kernel: 3, padding: 1, bias: false), BatchNorm(outputs)] as [any Layer]
  if inputs == outputs { return [Residual { Sequential(body) }, ReLU()] }
  return [
    Parallel(join: .sum) {
      Sequential(body)
      Sequential {
        Conv2D(inputs, outputs, kernel: 1, stride: size, bias: false)
        BatchNorm(outputs)
      }
    }, ReLU(),
  ]
}
