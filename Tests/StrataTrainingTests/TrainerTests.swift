import Strata
import StrataTensor
import Synchronization
import Testing

/// The trainer, on problems small enough to compute by hand.
@Suite(.seeded) struct TrainerTests {
  /// y = wx with an initial w of 1, which learns w = 3 from 5 examples.
  private static func line() -> (model: Linear, data: Dataset) {
    let x = Tensor([1, 2, -1, 0.5, -2], shape: [5, 1])
    return (Linear(weight: Parameter(Tensor(ones: [1, 1])), bias: nil), Dataset(inputs: x, labels: 3 * x))
  }

  private static func trainer(_ model: Linear, rate: Double = 0.1) -> Trainer<Linear, MeanSquaredError, SGD> {
    Trainer(
      model, loss: MeanSquaredError(), optimizer: SGD(for: model, learningRate: rate), progress: .silent)
  }

  @Test func `fit learns, and records each epoch`() throws {
    let (model, data) = Self.line()
    var trainer = Self.trainer(model)
    let history = try trainer.fit(data, validation: data, epochs: 20, batchSize: 2)
    #expect(abs(model.weight.value.item - 3) < 1e-3)
    #expect(history.map(\.epoch) == Array(1...20))
    #expect(history.allSatisfy { $0.training.examples == 5 && $0.learningRate == 0.1 && $0.seconds > 0 })
    #expect(history.last!.validation!.loss < history.first!.validation!.loss)
    #expect(trainer.epochsDone == 20)
  }

  @Test func `a second fit goes on with the epochs after the first`() throws {
    let (once, data) = Self.line()
    var whole = Self.trainer(once, rate: 0.01)
    try whole.fit(data, epochs: 4, batchSize: 2)
    let (twice, _) = Self.line()
    var halves = Self.trainer(twice, rate: 0.01)
    try halves.fit(data, epochs: 2, batchSize: 2)
    let history = try halves.fit(data, epochs: 2, batchSize: 2)
    #expect(history.map(\.epoch) == [3, 4])
    #expect(once.weight.value.isIdentical(to: twice.weight.value))
  }

  @Test func `the seed decides the order of examples`() throws {
    func weight(seed: UInt64) throws -> Tensor {
      let (model, data) = Self.line()
      var trainer = Self.trainer(model, rate: 0.01)
      trainer.seed = seed
      try trainer.fit(data, epochs: 1, batchSize: 1)
      return model.weight.value
    }
    #expect(try weight(seed: 1).isIdentical(to: weight(seed: 1)))
    #expect(try !weight(seed: 1).isIdentical(to: weight(seed: 2)))
  }

  @Test func `each example weighs the same in a mean, though the last batch is smaller`() throws {
    let (model, data) = Self.line()
    var trainer = Self.trainer(model, rate: 0)
    // With w = 1 the errors are 2x: mean (2x)² = 4 · (1 + 4 + 1 + 0.25 + 4) / 5.
    let record = try trainer.fit(data, epochs: 1, batchSize: 2)[0]
    #expect(abs(record.training.loss - 8.2) < 1e-6)
    #expect(abs(try trainer.evaluate(data, batchSize: 3).loss - 8.2) < 1e-6)
    #expect(record.training.accuracy == nil)
  }

  @Test func `class indices are counted right`() throws {
    let model = Identity()
    let logits: Tensor = [[2, 1], [0, 3], [4, 0]]
    let data = Dataset(inputs: logits, labels: Tensor(labels: [0, 1, 1]))
    let scale = Linear(weight: Parameter([[1, 0], [0, 1]]), bias: nil)
    let trainer = Trainer(
      Sequential {
        model; scale
      }, loss: SoftmaxCrossEntropy(), optimizer: Adam(for: scale), progress: .silent)
    let evaluation = try trainer.evaluate(data, batchSize: 2)
    #expect(evaluation.accuracy == 2.0 / 3)
    #expect(evaluation.description == "loss 1.4600  accuracy 66.7 %")
  }

  @Test func `early stopping ends after patience epochs without gain and restores the best`() throws {
    let (model, data) = Self.line()
    var trainer = Self.trainer(model)
    var weights: [Tensor] = []
    // From epoch 4 on the steps lead uphill.
    let history = try trainer.fit(data, validation: data, epochs: 50, batchSize: 5, patience: 3) {
      trainer, record in
      weights.append(model.weight.value)
      if record.epoch == 3 { trainer.optimizer.learningRate = 1 }
    }
    #expect(history.map(\.epoch) == Array(1...6))
    let best = history.min { $0.validation!.loss < $1.validation!.loss }!
    #expect(best.epoch == 3)
    #expect(model.weight.value.isIdentical(to: weights[2]))
    #expect(try trainer.evaluate(data) == best.validation)
  }

  @Test func `the best state is restored too where patience does not run out`() throws {
    let (model, data) = Self.line()
    var trainer = Self.trainer(model)
    var best: Tensor?
    try trainer.fit(data, validation: data, epochs: 4, batchSize: 5, patience: 9) { trainer, record in
      if record.epoch == 2 {
        best = model.weight.value
        trainer.optimizer.learningRate = 1
      }
    }
    #expect(model.weight.value.isIdentical(to: best!))
  }

  @Test func `an observer can end training`() throws {
    let (model, data) = Self.line()
    var trainer = Self.trainer(model)
    let history = try trainer.fit(data, epochs: 50) { trainer, record in
      trainer.isFinished = record.training.loss < 1
    }
    #expect(history.count < 50)
    #expect(history.last!.training.loss < 1)
  }

  @Test func `a gradient that is not finite stops training, names its parameter and changes nothing`() throws {
    let model = Sequential {
      // Both units are alive, whatever random numbers other tests have drawn.
      Linear(weight: Parameter([[1, 2]]), bias: Parameter([0, 0])); ReLU(); Linear(2, 1)
    }
    let data = Dataset(inputs: [[1], [1e38]], labels: [[1], [2]])
    var trainer = Trainer(
      model, loss: MeanSquaredError(), optimizer: SGD(for: model, learningRate: 0.1), progress: .silent)
    let before = model.state
    #expect {
      try trainer.fit(data, epochs: 1, batchSize: 2)
    } throws: { error in
      // The last layer's gradient comes first.
      (error as? NonFiniteGradientError)?.parameter == "2.weight"
    }
    #expect(model.state.allSatisfy { $1.isIdentical(to: before[$0]!) })
    #expect(trainer.epochsDone == 0)
  }

  @Test func `gradients are clipped by their global norm`() throws {
    let (model, data) = Self.line()
    var trainer = Self.trainer(model, rate: 1)
    trainer.maximumGlobalNorm = 0.25
    try trainer.step(on: data.batches(of: 5)[0])
    #expect(abs(model.weight.value.item - 1.25) < 1e-6)
  }

  @Test func `a plateau lowers the learning rate where the loss stays`() throws {
    let (model, data) = Self.line()
    // Steps so small that no epoch improves the loss by the minimum.
    var trainer = Trainer(
      model, loss: MeanSquaredError(), optimizer: SGD(for: model, learningRate: 1e-7),
      plateau: ReduceOnPlateau(factor: 0.5, patience: 1), progress: .silent)
    let history = try trainer.fit(data, validation: data, epochs: 5, batchSize: 5)
    #expect(history.map(\.learningRate) == [1e-7, 1e-7, 1e-7, 0.5e-7, 0.5e-7])
    #expect(trainer.optimizer.learningRate == 0.25e-7)
  }

  @Test func `examples that do not fit are refused before any step`() throws {
    let (model, _) = Self.line()
    var trainer = Self.trainer(model)
    let wide = Dataset(inputs: Tensor(ones: [4, 2]), labels: Tensor(ones: [4, 1]))
    #expect(throws: ShapeError.self) { try trainer.fit(wide, epochs: 1) }
    #expect(throws: ShapeError.self) { try trainer.evaluate(wide) }
    #expect(throws: ShapeError.self) { try trainer.predict(wide.inputs) }
  }

  @Test func `any number of epochs can be asked for, and none is beyond the last`() throws {
    let (model, data) = Self.line()
    var trainer = Self.trainer(model)
    for epochs in [1, 2] {
      try trainer.fit(data, epochs: .max) { trainer, _ in trainer.isFinished = true }
      #expect(trainer.epochsDone == epochs)
    }
    trainer.epochsDone = .max
    #expect(try trainer.fit(data, epochs: 3).isEmpty)
    trainer.epochsDone = .max - 1
    #expect(try trainer.fit(data, epochs: .max).count == 1)
  }

  @Test func `predict joins the outputs of its batches`() throws {
    let (model, data) = Self.line()
    let outputs = try Self.trainer(model).predict(data.inputs, batchSize: 2)
    #expect(outputs == data.inputs)
  }

  @Test func `progress is a line for each epoch, and says which state was restored`() throws {
    let (model, data) = Self.line()
    final class Lines: Sendable {
      let text = Mutex("")
    }
    let written = Lines()
    var trainer = Self.trainer(model)
    trainer.progress = .lines { line in written.text.withLock { $0 += line } }
    try trainer.fit(data, validation: data, epochs: 2, batchSize: 5, patience: 1) { trainer, _ in
      trainer.optimizer.learningRate = 1
    }
    let text = written.text.withLock { $0 }.split(separator: "\n")
    #expect(text.count == 3)
    #expect(text[0].hasPrefix("epoch 1/2  loss 8.2000  validation loss 2.8"))
    #expect(text[2] == "the lowest validation loss was epoch 1's, whose state is restored")
  }

  @Test func `after the first step the pool is never missed and no weight moves in memory`() async {
    await #expect(processExitsWith: .success) {
      let model = Sequential {
        Linear(64, 128); ReLU(); Linear(128, 10)
      }
      let data = Dataset(
        inputs: Tensor(normal: [64, 64]), labels: Tensor(labels: (0..<64).map { $0 % 10 }))
      var trainer = Trainer(
        model, loss: SoftmaxCrossEntropy(), optimizer: Adam(for: model), maximumGlobalNorm: 1,
        progress: .silent)
      var places: [[UnsafeMutableRawPointer]] = []
      var misses: [Int] = []
      try trainer.fit(data, epochs: 10, batchSize: 32) { _, _ in
        places.append(model.parameters.map { $0.parameter.value.storage.bytes })
        misses.append(Memory.poolMisses)
      }
      #expect(Set(places).count == 1)
      #expect(Set(misses).count == 1)
    }
  }
}
