import Outside
import Strata
import Testing

/// A data source and callbacks by Strata's public interface alone.
@Suite struct LoopTests {
  private static func trainer(_ callbacks: [any Callback]) -> Trainer<Sequential, SoftmaxCrossEntropy, Adam> {
    let model = withSeed(4) {
      Sequential {
        Linear(2, 32); Tanh(); Linear(32, 32); Tanh(); Linear(32, 3)
      }
    }
    return Trainer(
      model, loss: SoftmaxCrossEntropy(), optimizer: Adam(for: model, learningRate: 0.02), progress: .silent,
      callbacks: callbacks)
  }

  @Test(arguments: [20, nil]) func `batches come from anywhere, counted or not`(count: Int?) throws {
    var trainer = Self.trainer([])
    let spirals = Spirals(arms: 3, knownCount: count)
    let records = try trainer.fit(spirals, validation: spirals, epochs: 20, batchSize: 63)
    #expect(trainer.stepsDone == 400 && records.count == 20)
    #expect(try trainer.evaluate(spirals).accuracy! > 0.97)
    #expect(records.last!.validation!.loss < 0.2)
  }

  @Test func `a callback sees each step, changes the rate, adds a metric, and ends training`() throws {
    var trainer = Self.trainer([StopAtLoss(limit: 0.3)])
    let records = try trainer.fit(Spirals(arms: 3, knownCount: 4), epochs: 50, batchSize: 63)
    #expect(trainer.lastStep!.loss < 0.3 && records.count < 50)
    let norms = trainer[StopAtLoss.self]!.norms
    #expect(norms.count == trainer.stepsDone && norms.allSatisfy { $0 > 0 })
    #expect(records[0].metrics["steps"] == 4 && records[1].learningRate == 0.01)
  }

  @Test func `a callback that fails is named in the error`() {
    var trainer = Self.trainer([Faulty()])
    let error = #expect(throws: CallbackError.self) { try trainer.fit(Spirals(arms: 3), epochs: 1, batchSize: 9) }
    #expect(error?.callback == "Faulty" && error?.underlying is Faulty.Refusal)
    #expect(trainer.stepsDone == 0)
  }
}
