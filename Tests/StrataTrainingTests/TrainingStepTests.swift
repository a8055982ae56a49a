import Strata
import StrataTensor
import Testing

/// What one step of training costs and gives. The counters of memory are the whole process's, so what reads them has
/// its own.
@Suite(.seeded) struct TrainingStepTests {
  /// The bits of all parameters after 50 steps of a model whose products and loops are cut into blocks.
  private static func train() throws -> [Tensor] {
    let model = withSeed(5) {
      Sequential {
        Linear(100, 300)
        ReLU()
        Linear(300, 120)
        Tanh()
        Linear(120, 10)
      }
    }
    var generator = RandomGenerator(seed: 6)
    let x = Tensor(normal: [96, 100], using: &generator)
    let labels = Tensor(labels: (0..<96).map { $0 % 10 })
    var optimizer = Adam(for: model, learningRate: 1e-2)
    for _ in 0..<50 {
      var (_, gradients) = model.gradients(at: x) { SoftmaxCrossEntropy().evaluate($0, labels) }
      try gradients.clip(globalNorm: 1)
      try optimizer.update(along: gradients)
    }
    return model.parameters.map(\.parameter.value)
  }

  @Test func `50 steps give the same bits with 1, 2, 3 and 8 workers`() throws {
    let expected = try withWorkers(1, Self.train)
    for workers in [2, 3, 8] {
      let (found, threads) = try WorkerLog.sharing(workers: workers, Self.train)
      #expect(zip(found, expected).allSatisfy { $0.isIdentical(to: $1) }, "\(workers) workers")
      #expect(threads > 1)
    }
  }

  private static let optimizers: [@Sendable (Sequential) -> any Optimizer] = [
    { SGD(for: $0, learningRate: 0.01, momentum: 0.9, groups: [ParameterGroup("*.bias", rateFactor: 2)]) },
    { AdamW(for: $0, amsgrad: true, groups: [.noDecayOnVectors, .frozen("0.*")]) },
    { RMSProp(for: $0, momentum: 0.9, centered: true) },
    { Adagrad(for: $0) }, { Adadelta(for: $0) }, { NAdam(for: $0) }, { RAdam(for: $0) }, { Lion(for: $0) },
    { Rprop(for: $0) }, { LAMB(for: $0) }, { Muon(for: $0) },
  ]

  @Test func `every optimizer and loss works in place, from the pool`() async {
    await #expect(processExitsWith: .success) {
      for make in Self.optimizers {
        let model = Sequential {
          Linear(100, 200); ReLU(); Linear(200, 10)
        }
        let x = Tensor(normal: [32, 100])
        let labels = Tensor(labels: (0..<32).map { $0 % 10 })
        let soft = Tensor(uniform: [32, 10], in: 0..<0.2)
        var optimizer = make(model)
        let options = SoftmaxCrossEntropy(
          labelSmoothing: 0.1, ignoredIndex: 3, classWeights: Array(repeating: 0.5, count: 10))
        let softOptions = SoftmaxCrossEntropy(
          labelSmoothing: 0.1, classWeights: Array(repeating: 0.5, count: 10))
        let losses: [(any Loss, Tensor)] = [
          (options, labels), (softOptions, soft), (KullbackLeiblerDivergence(), soft),
          (BinaryCrossEntropyWithLogits(), soft), (MeanAbsoluteError(), soft), (Huber(), soft),
        ]
        func step() throws {
          for (loss, target) in losses {
            var (_, gradients) = model.gradients(at: x, target, of: loss, microBatchSize: 32)
            optimizer.dropFrozen(from: &gradients)
            try gradients.clip(globalNorm: 1)
            try optimizer.update(along: gradients)
          }
        }
        func places() -> [UnsafeMutableRawPointer] {
          (model.parameters.map(\.parameter.value) + optimizer.state.sorted { $0.key < $1.key }.map(\.value))
            .filter { $0.dtype != .int32 }.map { $0.storage.bytes }
        }
        try step()
        let before = places()
        let misses = Memory.poolMisses
        for _ in 0..<5 { try step() }
        #expect(Memory.poolMisses == misses)
        #expect(places() == before)
      }
    }
  }

  @Test func `after the first step the pool is never missed and no weight moves in memory`() async {
    await #expect(processExitsWith: .success) {
      let model = Sequential {
        Linear(100, 200)
        ReLU()
        Sequential {
          Linear(200, 50)
          Sigmoid()
        }
        Linear(50, 10)
      }
      let x = Tensor(normal: [32, 100])
      let labels = Tensor(labels: (0..<32).map { $0 % 10 })
      var optimizer = Adam(for: model)
      func step() throws {
        var (_, gradients) = model.gradients(at: x) { SoftmaxCrossEntropy().evaluate($0, labels) }
        try gradients.clip(globalNorm: 1)
        try optimizer.update(along: gradients)
      }
      func places() -> [UnsafeMutableRawPointer] {
        model.parameters.map { $0.parameter.value.storage.bytes }
      }
      try step()
      let (misses, before) = (Memory.poolMisses, places())
      for _ in 0..<20 { try step() }
      #expect(Memory.poolMisses == misses)
      #expect(places() == before)
    }
  }

  @Test func `a step in a custom loop frees all but the parameters and the optimizer's memory`() async {
    await #expect(processExitsWith: .success) {
      let model = Sequential {
        Linear(20, 30)
        ReLU()
        Linear(30, 5)
      }
      var optimizer = Adam(for: model)
      let x = Tensor(normal: [8, 20])
      let labels = Tensor(labels: [0, 1, 2, 3, 4, 0, 1, 2])
      for _ in 0..<3 {
        let (logits, cache) = model.forward(x)
        let (_, dy) = SoftmaxCrossEntropy().evaluate(logits, labels)
        var gradients = Gradients()
        model.accumulate(dy, cache, &gradients)
        try optimizer.update(along: gradients)
      }
      let parameters = model.parameterCount * 4
      #expect(Memory.liveBytes == 3 * parameters + x.byteCount + labels.byteCount)
    }
  }
}
