import Foundation
import Strata
import StrataTensor
import Testing

@testable import StrataTraining

/// Averages of weights: PyTorch's numbers, what is judged, and runs that go on.
@Suite(.seeded) struct AveragedWeightsTests {
  /// The data and the model of averages.safetensors.
  struct References {
    let tensors: [String: Tensor]
    let dtype: DType

    init(_ dtype: DType) throws {
      tensors = try OptimizerReference(file: "averages").tensors
      self.dtype = dtype
    }

    var data: Dataset { Dataset(inputs: self["x"], labels: self["y"]) }

    /// The batches in order.
    var source: InOrder { InOrder(data: data) }

    subscript(name: String) -> Tensor { tensors[name]!.converted(to: dtype) }

    func model(_ between: [any Layer]) -> Sequential {
      let model = Sequential(
        [Linear(weight: Parameter(self["initial.w0"]), bias: Parameter(self["initial.b0"]))] + between
          + [Linear(weight: Parameter(self["initial.w2"]), bias: Parameter(self["initial.b2"]))])
      model.convert(to: dtype)
      return model
    }

    /// The names in the file of the parameters of the model.
    static func names(_ last: Int) -> [String: String] {
      [
        "0.weight": "w0", "0.bias": "b0", "\(last).weight": "w2", "\(last).bias": "b2", "1.weight": "gamma",
        "1.bias": "beta",
      ]
    }

    func expect(
      _ weights: [String: Tensor], _ prefix: String, last: Int, row: Int? = nil, _ tolerance: Double,
      sourceLocation: SourceLocation = #_sourceLocation
    ) {
      for (path, name) in Self.names(last) {
        guard let found = weights[path] else { continue }
        let whole = self["\(prefix).\(name)"]
        let expected = row.map { whole[$0] } ?? whole
        let error = abs(found - expected).max().item / max(1, abs(expected).max().item)
        #expect(error <= tolerance, "\(prefix) \(path) \(row ?? 0): \(error)", sourceLocation: sourceLocation)
      }
    }
  }

  struct InOrder: BatchSource, Sendable {
    let data: Dataset
    func batches(for request: BatchRequest) -> BatchStream<Tensor, Tensor> {
      BatchStream(data.batches(of: 8, epoch: 0, shuffled: false))
    }
  }

  @Test(arguments: [DType.float64, .float32]) func `averages and statistics are PyTorch's`(_ dtype: DType) throws {
    let tolerance = dtype == .float64 ? 1e-10 : 1e-5
    let references = try References(dtype)
    let model = references.model([BatchNorm(8), ReLU()])
    var trainer = Trainer(
      model, loss: MeanSquaredError(), optimizer: SGD(for: model, learningRate: 0.05), progress: .silent,
      callbacks: [EMA(decay: 0.9), SWA(fromEpoch: 3, statisticsFrom: references.source)])
    try trainer.fit(references.source, epochs: 6, batchSize: 8)
    references.expect(trainer[EMA.self]!.weights, "ema", last: 3, tolerance)
    references.expect(trainer[SWA.self]!.weights, "swa", last: 3, tolerance)
    // The last of both left its average in the model, with its statistics.
    references.expect(model.state, "swa", last: 3, tolerance)
    #expect(abs(model.state["1.runningMean"]! - references["swa.mean"]).max().item < tolerance)
    #expect(abs(model.state["1.runningVariance"]! - references["swa.variance"]).max().item < tolerance)
  }

  private static let data: Dataset = withSeed(1) {
    Dataset(inputs: Tensor(normal: [40, 6]), labels: Tensor(labels: (0..<40).map { $0 * 7 % 3 }))
  }

  private static func trainer(_ callbacks: [any Callback], seed: UInt64 = 4) -> Trainer<
    Sequential, SoftmaxCrossEntropy, Adam
  > {
    let model = withSeed(seed) {
      Sequential {
        Linear(6, 8); BatchNorm(8); ReLU(); Dropout(0.3); Linear(8, 3)
      }
    }
    return Trainer(
      model, loss: SoftmaxCrossEntropy(), optimizer: Adam(for: model, learningRate: 0.02), seed: seed,
      progress: .silent,
      callbacks: callbacks)
  }

  @Test func `the average is judged, and training goes on from the weights`() throws {
    var plain = Self.trainer([])
    try plain.fit(Self.data, epochs: 4, batchSize: 8)
    var trainer = Self.trainer([EMA(decay: 0.8)])
    var losses: [Double] = []
    try trainer.fit(Self.data, validation: Self.data, epochs: 4, batchSize: 8) { trainer, _ in
      let own = trainer.model.state
      let average = own.merging(trainer[EMA.self]!.weights) { $1 }
      losses.append(try trainer.model.withState(average) { try trainer.evaluate(Self.data).loss })
    }
    #expect(trainer.history.map { $0.validation!.loss } == losses)
    #expect(trainer.history.map(\.training) == plain.history.map(\.training))
    // It is in the model now, and the next training takes it out.
    for (path, average) in trainer[EMA.self]!.weights { #expect(trainer.model.state[path]!.isIdentical(to: average)) }
    try trainer.fit(Self.data, epochs: 2, batchSize: 8)
    try plain.fit(Self.data, epochs: 2, batchSize: 8)
    #expect(trainer.history.map(\.training) == plain.history.map(\.training))
  }

  @Test func `weights that were loaded after training are what goes on`() throws {
    struct Peek: Callback {
      var first: Tensor?
      mutating func beforeStep(_ trainer: inout some TrainingLoop) { first = first ?? trainer.model.state["0.weight"] }
    }
    var trainer = Self.trainer([EMA(decay: 0.8)])
    try trainer.fit(Self.data, epochs: 1, batchSize: 8)
    let loaded = try #require(trainer.model.state["0.weight"]) * 0.5
    trainer.model.parameters[0].parameter.value = loaded
    trainer.callbacks.append(Peek())
    try trainer.fit(Self.data, epochs: 1, batchSize: 8)
    #expect(trainer[Peek.self]!.first == loaded)
  }

  @Test func `the best state is the averaged one that was judged`() throws {
    var trainer = Self.trainer([EMA(decay: 0.9, statisticsFrom: Self.data), BestState()])
    try trainer.fit(Self.data, validation: Self.data, epochs: 6, batchSize: 8) { trainer, record in
      if record.epoch == 3 { trainer.learningRate = 3 }  // from here on it gets worse
    }
    let best = try #require(trainer[BestState.self])
    #expect(best.epoch! < 6)
    #expect(try trainer.evaluate(Self.data).loss == trainer.history[best.epoch! - 1].validation!.loss)
  }

  @Test func `a training that fails keeps its weights`() throws {
    struct Fail: Callback {
      struct Failure: Error {}
      func afterStep(_ trainer: inout some TrainingLoop) throws { if trainer.stepsDone == 7 { throw Failure() } }
    }
    var plain = Self.trainer([Fail()])
    _ = try? plain.fit(Self.data, epochs: 2, batchSize: 8)
    var trainer = Self.trainer([EMA(decay: 0.5), Fail()])
    _ = try? trainer.fit(Self.data, epochs: 2, batchSize: 8)
    for (path, tensor) in plain.model.state { #expect(trainer.model.state[path]!.isIdentical(to: tensor), "\(path)") }
  }

  @Test func `steps by themselves are averaged, and steps that are left out are not`() throws {
    var trainer = Self.trainer([EMA(decay: 0, everySteps: 2)])
    var weights: [Tensor] = []
    for batch in Self.data.batches(of: 8) {
      try trainer.step(on: batch)
      weights.append(trainer.model.state["0.weight"]!)
    }
    #expect(trainer[EMA.self]!.weights["0.weight"]! == weights[3])
  }

  @Test(arguments: [0, 1], [1, 6, 10, 13, 19])
  func `a killed run ends with the bits of one that was not`(_ which: Int, killedAfter steps: Int) throws {
    struct Kill: Callback {
      let steps: Int
      struct Killed: Error {}
      func beforeStep(_ trainer: inout some TrainingLoop) throws { if trainer.stepsDone == steps { throw Killed() } }
    }
    let average: any Callback =
      which == 0 ? EMA(decay: 0.7, statisticsFrom: Self.data) : SWA(fromEpoch: 2, statisticsFrom: Self.data)
    func run(_ callbacks: [any Callback], seed: UInt64 = 4, from directory: String? = nil) throws -> [String: Tensor] {
      var trainer = Self.trainer([average] + callbacks, seed: seed)
      if let directory { try trainer.resume(from: directory) }
      try trainer.fit(Self.data, validation: Self.data, epochs: max(0, 4 - trainer.epochsDone), batchSize: 8)
      let losses = Tensor(trainer.history.map { $0.validation!.loss } as [Double])
      return trainer.model.state.merging(trainer.optimizer.state) { $1 }.merging(["losses": losses]) { $1 }
    }
    let whole = try run([])
    let directory = FileManager.default.temporaryDirectory.appending(path: "averages-\(UUID())").path
    defer { try? FileManager.default.removeItem(atPath: directory) }
    _ = try? run([Checkpointer(directory, everySteps: 1), Kill(steps: steps)])
    let resumed = try run([Checkpointer(directory, everySteps: 1)], seed: 9, from: directory)
    for (path, tensor) in whole { #expect(resumed[path]!.isIdentical(to: tensor), "\(path)") }
  }

  @Test func `the state of a finished training goes on from the weights too`() throws {
    var whole = Self.trainer([EMA(decay: 0.8)])
    try whole.fit(Self.data, epochs: 2, batchSize: 8)
    let checkpoint = try whole.checkpoint
    try whole.fit(Self.data, epochs: 1, batchSize: 8)
    var other = Self.trainer([EMA(decay: 0.8)], seed: 8)
    try other.load(checkpoint)
    try other.fit(Self.data, epochs: 1, batchSize: 8)
    for (path, tensor) in whole.model.state { #expect(other.model.state[path]!.isIdentical(to: tensor), "\(path)") }
  }

  @Test func `a state of another model is refused`() throws {
    var trainer = Self.trainer([EMA(decay: 0.8)])
    try trainer.fit(Self.data, epochs: 1, batchSize: 8)
    var ema = EMA(decay: 0.8)
    try ema.load(trainer[EMA.self]!.state)
    var other = Line.trainer(callbacks: [ema])
    #expect(throws: CallbackError.self) { try other.fit(Line.data, epochs: 1) }
    #expect(throws: StateError.self) { try ema.load(["count": Tensor(words: [1, 2])]) }
    #expect(throws: StateError.self) { try ema.load(["other": Tensor(words: [1])]) }
    try ema.load([:])
    #expect(ema.weights.isEmpty && ema.state.isEmpty)
  }

  @Test func `statistics of a part that does not learn stay, and random streams are put back`() throws {
    let model = withSeed(3) {
      Sequential {
        Frozen {
          Linear(6, 4); BatchNorm(4)
        }
        Dropout(0.5)
        BatchNorm(4)
        Linear(4, 3)
      }
    }
    let before = model.state
    try model.recomputeStatistics(over: Self.data, batchSize: 20)
    for (path, tensor) in before { #expect((model.state[path]! == tensor) == !path.hasPrefix("2.running"), "\(path)") }
    #expect(throws: TrainingDataError.self) { try model.recomputeStatistics(over: Self.data[0..<0]) }
    #expect(throws: ShapeError.self) { try model.recomputeStatistics(over: Self.data, batchSize: 39) }
    // A model without statistics needs no batch.
    try Linear(6, 3).recomputeStatistics(over: Self.data[0..<0])
  }
}
