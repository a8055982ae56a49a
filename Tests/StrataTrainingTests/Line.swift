import Strata

/// y = wx with w = 1 to start from, to be learnt as 3 from 5 examples.
enum Line {
  static let data: Dataset = {
    let x = Tensor([1, 2, -1, 0.5, -2], shape: [5, 1])
    return Dataset(inputs: x, labels: 3 * x)
  }()

  static func trainer(
    rate: Double = 0.1, progress: ProgressDisplay = .silent, callbacks: [any Callback] = []
  ) -> Trainer<Linear, MeanSquaredError, SGD> {
    let model = Linear(weight: Parameter(Tensor(ones: [1, 1])), bias: nil)
    return Trainer(
      model, loss: MeanSquaredError(), optimizer: SGD(for: model, learningRate: rate), progress: progress,
      callbacks: callbacks)
  }
}
