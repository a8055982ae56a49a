import Foundation
import Strata

func whenItGoesWrong(_ print: Printer) throws {
  let data = withSeed(1) {
    let labels = (0..<512).map { $0 % 4 }
    let centres = Tensor(normal: [4, 8]) * 2
    return Dataset(inputs: centres.gathered(rows: labels) + Tensor(normal: [512, 8]), labels: Tensor(labels: labels))
  }
  let (train, validation) = data.split(at: 384)
  func causes(_ make: () -> Sequential, rate: Double = 1e-3, on train: Dataset, steps: Int = 40) throws -> [String] {
    let model = withSeed(2, make)
    let diagnosis = try diagnose(
      model, loss: SoftmaxCrossEntropy(), optimizer: SGD(for: model, learningRate: rate), on: train,
      validation: validation, batchSize: 32, steps: steps, progress: .silent)
    return diagnosis.findings.map { "\($0.cause.rawValue)" + ($0.path.map { " at \($0)" } ?? "") }
  }
  func deep(_ depth: Int, _ width: Int, _ initializer: Initializer, _ activation: any Layer) -> Sequential {
    var layers: [any Layer] = [Linear(8, width, initializer: initializer), activation]
    for _ in 1..<depth { layers += [Linear(width, width, initializer: initializer), activation] }
    return Sequential(layers + [Linear(width, 4)])
  }
  let plain = { deep(1, 32, .heUniform, ReLU()) }
  print("healthy:", try causes(plain, rate: 0.05, on: train))

  let damaged = Dataset(inputs: train.inputs * Tensor([.nan] + [Float](repeating: 1, count: 7)), labels: train.labels)
  print("1.", try causes(plain, on: damaged))

  let filled = damaged.inputs.replacing(with: 0, where: damaged.inputs .!= damaged.inputs)
  print("cured:", try causes(plain, on: Dataset(inputs: filled, labels: train.labels)))

  print("2.", try causes(plain, rate: 200, on: train, steps: 200))

  print("cured:", try causes(plain, rate: 0.05, on: train, steps: 200))

  print(
    "3.",
    try causes(
      {
        Sequential {
          Linear(8, 32); StopGradient(); Linear(32, 4)
        }
      }, rate: 0.05, on: train))

  let open = {
    Sequential {
      Linear(8, 32)
      Linear(32, 4)
    }
  }
  print("cured:", try causes(open, rate: 0.05, on: train))

  let guessed = Tensor(labels: (0..<64).map { $0 * $0 / 7 % 4 })
  let few = Dataset(inputs: train.inputs[0..<64], labels: guessed)
  print("4.", try causes({ deep(2, 128, .heUniform, ReLU()) }, rate: 0.2, on: few, steps: 400))

  print("cured:", try causes({ deep(2, 128, .heUniform, ReLU()) }, rate: 0.2, on: train, steps: 400))

  let same = Dataset(inputs: train.inputs * 0 + train.inputs[0..<1], labels: train.labels * 0)
  print("5.", try causes(plain, rate: 0.05, on: same))

  let faint = {
    Sequential {
      Linear(8, 32)
      ReLU()
      Linear(32, 32, initializer: .normal(standardDeviation: 1e-5))
      ReLU()
      Linear(32, 4)
    }
  }
  print("6.", try causes(faint, rate: 0.05, on: train))

  let usual = {
    Sequential {
      Linear(8, 32)
      ReLU()
      Linear(32, 32)
      ReLU()
      Linear(32, 4)
    }
  }
  print("cured:", try causes(usual, rate: 0.05, on: train))

  print("7.", try causes({ deep(30, 16, .xavierUniform, Sigmoid()) }, rate: 0.05, on: train))

  let sigmoids = withSeed(2) { deep(30, 16, .xavierUniform, Sigmoid()) }
  let flow = GradientFlow(of: sigmoids, at: train.inputs, train.labels, loss: SoftmaxCrossEntropy())
  for layer in [58, 40, 20, 0] {
    print(flow.layers[layer].path, flow.layers[layer].layer, String(format: "%.0e", flow.layers[layer].product))
  }

  print("cured:", try causes({ deep(30, 16, .heUniform, ReLU()) }, rate: 0.05, on: train))

  print("ln 4 =", String(format: "%.2f", log(4.0)))
}
