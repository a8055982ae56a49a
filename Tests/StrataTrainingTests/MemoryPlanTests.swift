import Strata
import StrataTensor
import Testing

/// What a plan predicts, against what is counted when the model is made and a step runs.
@Suite(.seeded) struct MemoryPlanTests {
  struct Case: Sendable, CustomTestStringConvertible {
    let testDescription: String
    let input: Shape
    let make: @Sendable () -> Sequential

    init(_ name: String, _ input: Shape, @LayerBuilder _ layers: @escaping @Sendable () -> [any Layer]) {
      testDescription = name
      self.input = input
      make = { Sequential(layers()) }
    }
  }

  static let cases = [
    Case("a perceptron", [64, 1, 8, 8]) {
      Flatten(); Linear(64, 64); ReLU(); Linear(64, 10)
    },
    Case("batch normalization and dropout", [100, 8, 8]) {
      Flatten(); Linear(64, 40); BatchNorm(40); ReLU(); Dropout(0.3); Linear(40, 30); BatchNorm(30); ReLU()
      Dropout(0.3); Linear(30, 10)
    },
    Case("RNN", [50, 20, 2]) {
      Recurrent(RNNCell(2, 48), returning: .lastStep); Linear(48, 1)
    },
    Case("LSTM", [50, 20, 2]) {
      Recurrent(LSTMCell(2, 48, forgetBias: 1)); Recurrent(LSTMCell(48, 8), returning: .lastStep); Linear(8, 1)
    },
    Case("GRU", [32, 8, 8]) {
      Bidirectional(GRUCell(8, 16), GRUCell(8, 16), returning: .lastStep); Linear(32, 10)
    },
    Case("convolutions of many channels", [9, 16, 8, 8]) {
      Conv2D(16, 32, kernel: 3, padding: 1, bias: false); GroupNorm(groups: 4, 32); ReLU()
      Conv2D(32, 32, kernel: 3, stride: 2, padding: 1, groups: 32); Conv2D(32, 48, kernel: 1, stride: 2)
      ConvTranspose2D(48, 16, kernel: 2, stride: 2); Upsample(scale: 2, mode: .bilinear()); GlobalAveragePool()
    },
    Case("convolutions", [32, 1, 8, 8]) {
      Conv2D(1, 6, kernel: 3, padding: 1); ReLU(); MaxPool2D(kernel: 2); Conv2D(6, 4, kernel: 2);
      AveragePool2D(kernel: 3)
      Flatten(); Linear(4, 10)
    },
    Case("a tied autoencoder", [32, 1, 8, 8]) {
      let encoder = Linear(64, 12)
      Flatten(); encoder; Tanh(); TiedLinear(transposing: encoder.weight); Sigmoid()
    },
    Case("a deep perceptron", [48, 32]) {
      for _ in 0..<9 {
        Linear(32, 32); ReLU()
      }
    },
    Case("a layer written outside", [512, 2]) {
      Linear(2, 16); Swish(); Linear(16, 1)
    },
  ]

  @Test(arguments: cases)
  func `the plan's bytes are those that are measured, for every strategy`(_ tested: Case) throws {
    let input = tested.input
    let (model, modelLog) = StorageLog.recording(tested.make)
    let (optimizer, optimizerLog) = StorageLog.recording { Adam(for: model) }
    let refusal = #expect(throws: MemoryLimitError.self) {
      try model.checkpointed(.within(bytes: 0), input: input)
    }
    let least = MemoryLimit.within(bytes: try #require(refusal).leastPossible)
    let strategies: [CheckpointStrategy] = [
      .squareRoot, .everySegment(of: 1), .everySegment(of: 2), .everySegment(of: 3), .selective { $0 is Linear },
    ]
    let plan = try model.memoryPlan(input: input, optimizer: optimizer, strategies: strategies, limits: [least])
    withExtendedLifetime(optimizer) {
      #expect(plan.parameterBytes + plan.statisticBytes == modelLog.liveBytes())
      #expect(plan.optimizerBytes == optimizerLog.liveBytes())
    }
    #expect(plan.gradientBytes == gradientBytes(of: model, input))
    var built: [any Layer] = [model]
    built += strategies.map { model.checkpointed($0) }
    built += [try model.checkpointed(least, input: input), Offloaded { model.layers }] as [any Layer]
    #expect(built.count == plan.strategies.count)
    let plain = products(of: model, input)
    for (layer, row) in zip(built, plan.strategies) {
      #expect(cachedBytes(of: layer, input) == row.cachedBytes, "\(row.strategy)")
      #expect(products(of: layer, input) - plain == row.extraProducts, "\(row.strategy)")
    }
  }

  private func cachedBytes<L: Layer>(of layer: L, _ input: Shape) -> Int {
    let (cache, log) = StorageLog.recording { layer.forward(Tensor(zeros: input)).1 }
    return withExtendedLifetime(cache) { log.liveBytes() }
  }

  private func gradientBytes(of layer: some Layer, _ input: Shape) -> Int {
    let (gradients, log) = StorageLog.recording { layer.gradients(at: Tensor(zeros: input)) { (0, $0) }.gradients }
    return withExtendedLifetime(gradients) { log.liveBytes(except: gradients.observations.map(\.value)) }
  }

  private func products(of layer: some Layer, _ input: Shape) -> Int {
    let meter = WorkMeter()
    _ = layer.gradients(at: Tensor(zeros: input)) { (0, $0) }
    return meter.reading().products
  }
}

/// y = x·σ(βx): a layer as a user writes one.
private struct Swish: Layer {
  let beta = Parameter([], initialValue: 1)

  func forward(_ x: Tensor) -> (Tensor, (x: Tensor, s: Tensor, beta: Tensor)) {
    let beta = beta.value
    let s = sigmoid(beta * x)
    return (x * s, (x, s, beta))
  }

  func backward(
    _ dy: Tensor, _ cache: (x: Tensor, s: Tensor, beta: Tensor), _ gradients: inout Gradients
  ) -> Tensor {
    let dz = dy * cache.x * cache.s * (1 - cache.s)
    gradients.add((dz * cache.x).sum(), to: beta)
    return dy * cache.s + cache.beta * dz
  }

  @Test func `a model of words is planned for indices`() throws {
    let model = Sequential {
      Embedding(50, 4); MeanOverTime(); Linear(4, 2)
    }
    let plan = try model.memoryPlan(input: [8, 5], optimizer: Adam(for: model))
    #expect(
      plan.strategies[0].cachedBytes
        == model.cachedBytes(at: Tensor(labels: Array(repeating: 0, count: 40)).reshaped(to: [8, 5])))
    let layer: some Layer = Chain(Embedding(50, 4), MeanOverTime())
    #expect(try layer.memoryPlan(input: [8, 5], optimizer: Adam(for: layer)).parameterBytes == 800)
  }

  @Test(arguments: [MultiHeadAttention(64, heads: 2), MultiHeadAttention(64, heads: 4, mask: .causal)])
  func `attention needs memory in proportion to the length, as planned`(_ attention: MultiHeadAttention) throws {
    let measured = try [128, 256, 512, 1024].map { length in
      let plan = try attention.memoryPlan(input: [1, length, 64], optimizer: SGD(for: attention, learningRate: 1))
      let planned = plan.strategies[0].cachedBytes
      #expect(plan.layers.map(\.cachedBytes).reduce(0, +) == planned)
      return withWorkers(1) {
        let x = Tensor(normal: [1, length, 64])
        let held = WorkMeter()
        let (y, cache) = attention.forward(x)
        // The input is the caller's, though a part of the plan.
        #expect(held.reading().liveBytes - y.byteCount == planned - x.byteCount)
        let peak = WorkMeter()
        var gradients = Gradients()
        _ = attention.backward(y, cache, &gradients)
        return (held: planned, growth: peak.reading().peakBytes - plan.gradientBytes)
      }
    }
    for (shorter, longer) in zip(measured, measured.dropFirst()) {
      #expect(longer.held == 2 * shorter.held && longer.growth <= 2 * shorter.growth)
    }
  }
}
