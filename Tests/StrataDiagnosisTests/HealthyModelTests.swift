import Strata
import StrataTensor
import Testing

/// Models that learn: a diagnosis must find nothing, for any depth, loss, seed and batch size.
@Suite(.seeded) struct HealthyModelTests {
  private static func clouds(_ classes: Int, features: Int, seed: UInt64, count: Int = 768) -> Dataset {
    DiagnoseTests.clouds(count, features: features, classes: classes, seed: seed)
  }

  private static func stack(
    _ depth: Int, from inputs: Int, width: Int, to outputs: Int, seed: UInt64,
    initializer: Initializer = .heUniform, _ between: (Int) -> [any Layer]
  ) -> Sequential {
    withSeed(seed) {
      var layers: [any Layer] = []
      for index in 0..<depth {
        layers.append(Linear(index == 0 ? inputs : width, width, initializer: initializer))
        layers += between(width)
      }
      return Sequential(layers + [Linear(width, outputs, initializer: initializer)])
    }
  }

  private func expectHealthy(
    _ model: some Layer, _ loss: some Loss, _ data: Dataset, rate: Double = 2e-3, batch: Int = 32, steps: Int = 60,
    sourceLocation: SourceLocation = #_sourceLocation
  ) throws {
    let (train, validation) = data.split(at: data.count * 3 / 4)
    let report = try diagnose(
      model, loss: loss, optimizer: Adam(for: model, learningRate: rate), on: train, validation: validation,
      batchSize: batch, steps: steps)
    #expect(report.findings.isEmpty, "\(report)", sourceLocation: sourceLocation)
  }

  @Test(arguments: [0, 1, 2, 4, 8, 20], [UInt64(1), 2])
  func `classifiers with ReLU of many depths`(_ depth: Int, _ seed: UInt64) throws {
    let model = Self.stack(depth, from: 8, width: depth == 0 ? 8 : 32, to: 4, seed: seed) { _ in [ReLU()] }
    try expectHealthy(model, SoftmaxCrossEntropy(), Self.clouds(4, features: 8, seed: seed))
  }

  @Test(arguments: [2, 3, 10, 100])
  func `classifiers of few and many classes`(_ classes: Int) throws {
    let model = Self.stack(2, from: 16, width: 64, to: classes, seed: 3) { _ in [ReLU()] }
    try expectHealthy(model, SoftmaxCrossEntropy(), Self.clouds(classes, features: 16, seed: 4))
  }

  @Test(arguments: [1, 2, 3, 256, 576])
  func `tiny and large batches`(_ batch: Int) throws {
    let model = Self.stack(2, from: 8, width: 32, to: 4, seed: 5) { _ in [ReLU()] }
    try expectHealthy(model, SoftmaxCrossEntropy(), Self.clouds(4, features: 8, seed: 6), batch: batch)
  }

  @Test func `tanh, sigmoid, GELU and ELU`() throws {
    let data = Self.clouds(4, features: 8, seed: 7)
    for activation in [Tanh(), Sigmoid(), GELU(), ELU(), SiLU(), LeakyReLU()] as [any Layer] {
      let model = Self.stack(3, from: 8, width: 32, to: 4, seed: 8, initializer: .xavierUniform) { _ in [activation] }
      try expectHealthy(model, SoftmaxCrossEntropy(), data)
    }
  }

  @Test func `BatchNorm, LayerNorm and Dropout`() throws {
    let data = Self.clouds(4, features: 8, seed: 9)
    let betweens: [(Int) -> [any Layer]] = [
      { [BatchNorm($0), ReLU()] }, { [LayerNorm($0), ReLU()] }, { _ in [ReLU(), Dropout(0.5)] },
      { [BatchNorm($0), ReLU(), Dropout(0.2)] },
    ]
    for between in betweens {
      for batch in [4, 32] {
        let model = Self.stack(3, from: 8, width: 32, to: 4, seed: 10, between)
        try expectHealthy(model, SoftmaxCrossEntropy(), data, batch: batch)
      }
    }
  }

  @Test func `Residual, ReZero, LayerScale and Parallel`() throws {
    let data = Self.clouds(4, features: 16, seed: 11)
    let scales: [() -> Parameter?] = [
      { nil }, { Parameter([1], initialValue: 0) }, { Parameter([16], initialValue: 1e-4) },
    ]
    for scale in scales {
      let model = withSeed(12) {
        Sequential {
          for _ in 0..<3 {
            Residual(scale: scale()) {
              LayerNorm(16)
              Linear(16, 16)
              ReLU()
              Linear(16, 16)
            }
          }
          Linear(16, 4)
        }
      }
      try expectHealthy(model, SoftmaxCrossEntropy(), data)
    }
    let wide = withSeed(13) {
      Sequential {
        Parallel(join: .concatenate) {
          Linear(16, 8)
          Sequential {
            Linear(16, 8)
            Tanh()
          }
        }
        Parallel(join: .sum) {
          Identity()
          Linear(16, 16)
        }
        ReLU()
        Linear(16, 4)
      }
    }
    try expectHealthy(wide, SoftmaxCrossEntropy(), data)
  }

  @Test func `a last layer that starts at 0`() throws {
    let model = Self.stack(2, from: 8, width: 32, to: 4, seed: 14) { _ in [ReLU()] }
    let last = model.layers.last as! Linear
    last.weight.value = Tensor(zeros: last.weight.shape)
    try expectHealthy(model, SoftmaxCrossEntropy(), Self.clouds(4, features: 8, seed: 15))
  }

  @Test func `recurrent networks`() throws {
    let x = withSeed(16) { Tensor(normal: [512, 12, 4]) }
    let labels = x.sum(along: [1, 2]).elements(as: Double.self).map { $0 > 0 ? 1 : 0 }
    let data = Dataset(inputs: x, labels: Tensor(labels: labels))
    func model<Cell: RecurrentCell>(_ cell: (Int, Int) -> Cell) -> Sequential {
      withSeed(17) {
        Sequential {
          Recurrent(cell(4, 16))
          Recurrent(cell(16, 16), returning: .lastStep)
          Linear(16, 2)
        }
      }
    }
    for model in [model { RNNCell($0, $1) }, model { LSTMCell($0, $1, forgetBias: 1) }, model { GRUCell($0, $1) }] {
      try expectHealthy(model, SoftmaxCrossEntropy(), data, rate: 5e-3)
    }
  }

  @Test func `convolutions and embeddings`() throws {
    let images = withSeed(18) { Tensor(normal: [256, 1, 8, 8]) }
    let bright = images.mean(along: [1, 2, 3]).elements(as: Double.self).map { $0 > 0 ? 1 : 0 }
    let convolution = withSeed(19) {
      Sequential {
        Conv2D(1, 8, kernel: 3, padding: 1)
        ReLU()
        MaxPool2D(kernel: 2)
        Conv2D(8, 8, kernel: 3, padding: 1)
        BatchNorm(8)
        ReLU()
        Flatten()
        Linear(128, 2)
      }
    }
    try expectHealthy(
      convolution, SoftmaxCrossEntropy(), Dataset(inputs: images, labels: Tensor(labels: bright)), steps: 30)
    let words = (0..<512 * 6).map { Int32($0 * 31 % 20) }
    let sums = (0..<512).map { row in Int(words[row * 6]) % 4 }
    let embedding = withSeed(20) {
      Sequential {
        Embedding(20, 8)
        Flatten()
        Linear(48, 4)
      }
    }
    try expectHealthy(
      embedding, SoftmaxCrossEntropy(),
      Dataset(inputs: Tensor(words, shape: [512, 6]), labels: Tensor(labels: sums)), rate: 1e-2)
  }

  @Test func `regressions, of targets small and large`() throws {
    let x = withSeed(21) { Tensor(normal: [768, 8]) }
    for (size, rate) in [(0.01, 1e-3), (1.0, 2e-3), (100.0, 2e-2)] {
      let y = size * (x.sum(along: 1, keepingAxis: true) + tanh(x.max(along: 1, keepingAxis: true)))
      let data = Dataset(inputs: x, labels: y)
      for loss in [MeanSquaredError(), MeanAbsoluteError(), Huber()] as [any Loss] {
        let model = Self.stack(2, from: 8, width: 32, to: 1, seed: 22) { _ in [ReLU()] }
        try expectHealthy(model, loss, data, rate: rate, steps: 100)
      }
    }
  }

  @Test func `two classes by one logit, and soft targets`() throws {
    let data = Self.clouds(2, features: 8, seed: 23)
    let targets = data.labels.converted(to: .float32).reshaped(to: [768, 1])
    let single = Self.stack(2, from: 8, width: 32, to: 1, seed: 24) { _ in [ReLU()] }
    try expectHealthy(single, BinaryCrossEntropyWithLogits(), Dataset(inputs: data.inputs, labels: targets))
    let model = Self.stack(2, from: 8, width: 32, to: 2, seed: 25) { _ in [ReLU()] }
    try expectHealthy(model, SoftmaxCrossEntropy(labelSmoothing: 0.1, classWeights: [1, 3]), data)
    try expectHealthy(model, SoftmaxCrossEntropy(reduction: .sum), data, rate: 1e-3)
  }

  @Test func `other optimizers, slow and fast`() throws {
    let data = Self.clouds(4, features: 8, seed: 26)
    let (train, validation) = data.split(at: 576)
    for (rate, momentum) in [(1e-3, 0.0), (0.05, 0.0), (0.01, 0.9)] {
      let model = Self.stack(2, from: 8, width: 32, to: 4, seed: 27) { _ in [ReLU()] }
      let report = try diagnose(
        model, loss: SoftmaxCrossEntropy(), optimizer: SGD(for: model, learningRate: rate, momentum: momentum),
        on: train, validation: validation, batchSize: 32, steps: 60)
      #expect(report.findings.isEmpty, "\(report)")
    }
  }

  @Test func `a model that has learnt already`() throws {
    let data = Self.clouds(4, features: 8, seed: 28)
    let model = Self.stack(2, from: 8, width: 32, to: 4, seed: 29) { [BatchNorm($0), ReLU()] }
    var trainer = Trainer(
      model, loss: SoftmaxCrossEntropy(), optimizer: Adam(for: model, learningRate: 3e-3), progress: .silent)
    try trainer.fit(data, epochs: 5, batchSize: 32)
    try expectHealthy(model, SoftmaxCrossEntropy(), data)
  }

  @Test(arguments: [1, 2, 4], [true, false])
  func `transformers`(_ depth: Int, _ isPreNorm: Bool) throws {
    // Sequences of noise, in whose steps a class leaves its mark.
    let marks = Tensor(normal: [3, 1, 8])
    let labels = (0..<384).map { Int32($0 % 3) }
    let x = Tensor(normal: [384, 6, 8]) + marks.gathered(rows: labels.map(Int.init))
    let model = withSeed(9) {
      Sequential {
        Linear(8, 16)
        LearnedPositions(6, 16)
        for _ in 0..<depth { TransformerEncoderLayer(16, heads: 2, isPreNorm: isPreNorm) }
        LayerNorm(16)
        MeanOverTime()
        Linear(16, 3)
      }
    }
    try expectHealthy(model, SoftmaxCrossEntropy(), Dataset(inputs: x, labels: Tensor(labels, shape: [384])))
  }
}
