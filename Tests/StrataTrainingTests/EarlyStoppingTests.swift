import Strata
import StrataTensor
import Testing

/// When training stops, and which state it leaves.
@Suite(.seeded) struct EarlyStoppingTests {
  /// A loss that is lowest in the third epoch: its output is how many steps the weight has made.
  private struct Judge: Objective {
    let losses: [Double]
    func evaluate(_ output: Tensor, _ target: Tensor) -> (value: Double, gradient: Tensor) {
      (0, Tensor(ones: output.shape) * -1)
    }
    func callAsFunction(_ output: Tensor, _ target: Tensor) -> Double { losses[Int(output.max().item.rounded()) - 1] }
  }

  private static let data = Dataset(inputs: [[1]], labels: [[0]])

  /// Each step adds 1 to the weight, which starts at 0, so that after epoch n it is n.
  private static func trainer(_ losses: [Double], callbacks: [any Callback] = []) -> Trainer<Linear, Judge, SGD> {
    let model = Linear(weight: Parameter(Tensor(zeros: [1, 1])), bias: nil)
    return Trainer(
      model, loss: Judge(losses: losses), optimizer: SGD(for: model, learningRate: 1), progress: .silent,
      callbacks: callbacks)
  }

  @Test func `is a callback, and patience its short form`() throws {
    let losses = [5.0, 4, 3, 6, 7, 8, 9, 9]
    var long = Self.trainer(losses, callbacks: [EarlyStopping(patience: 2)])
    var short = Self.trainer(losses)
    #expect(try long.fit(Self.data, validation: Self.data, epochs: 8).count == 5)
    #expect(try short.fit(Self.data, validation: Self.data, epochs: 8, patience: 2).count == 5)
    #expect(long.model.weight.value == [[3]] && short.model.weight.value == [[3]])
    #expect(long[EarlyStopping.self]?.best.epoch == 3 && short[EarlyStopping.self] == nil)
  }

  @Test func `counts on from call to call`() throws {
    var trainer = Self.trainer([1, 2, 2, 2, 2])
    var epochs = 0
    repeat {
      epochs += try trainer.fit(Self.data, validation: Self.data, epochs: 1, patience: 3).count
    } while !trainer.isFinished && epochs < 9
    #expect(epochs == 4)
  }

  @Test func `keeps the best state by itself`() throws {
    var trainer = Self.trainer([5, 2, 3, 4], callbacks: [BestState()])
    #expect(try trainer.fit(Self.data, validation: Self.data, epochs: 4).count == 4)
    #expect(trainer.model.weight.value == [[2]])
    #expect(trainer[BestState.self]?.figure == 2)
  }

  @Test func `a step that is not finite does not lose the best epoch`() throws {
    let model = Linear(weight: Parameter(Tensor(ones: [1, 1])), bias: nil)
    var trainer = Trainer(
      model, loss: MeanSquaredError(), optimizer: SGD(for: model, learningRate: 0.1), progress: .silent)
    var best: Tensor?
    #expect(throws: (any Error).self) {
      try trainer.fit(Line.data, validation: Line.data, epochs: 50, batchSize: 1, patience: 5) { trainer, record in
        if record.epoch == 3 { best = model.weight.value }
        // Each step now throws the weight farther, until a gradient overflows within an epoch.
        if record.epoch == 3 { trainer.optimizer.learningRate = 1e15 }
      }
    }
    #expect(trainer.failure != nil)
    #expect(model.weight.value.isIdentical(to: best!))
  }

  @Test func `a loss of NaN is no gain, and is said`() throws {
    let lines = Lines()
    var trainer = Self.trainer([3, .nan, .nan, 1])
    trainer.progress = .lines(to: lines.write)
    #expect(try trainer.fit(Self.data, validation: Self.data, epochs: 4, patience: 2).count == 3)
    #expect(trainer.model.weight.value == [[1]])
    #expect(lines.all.contains("the validation loss of epoch 2 is NaN, which is no gain"))
    #expect(lines.all.last == "the lowest validation loss was epoch 1's, whose state is restored")
  }

  @Test func `an observer does not take back that training ends`() throws {
    var trainer = Self.trainer([1, 2, 3, 4, 5])
    let history = try trainer.fit(Self.data, validation: Self.data, epochs: 5, patience: 2) { trainer, record in
      trainer.isFinished = false
    }
    #expect(history.count == 3)
  }
}
