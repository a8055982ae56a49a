import Foundation
import Strata
import StrataTensor
import Synchronization
import Testing

/// What a trainer calls, when, and what a callback can do to it.
@Suite(.seeded) struct CallbackTests {
  /// Notes every call with what the trainer knew.
  private struct Diary: Callback {
    var lines: [String] = []
    mutating func beforeTraining(_ trainer: inout some TrainingLoop) { lines.append("begin \(trainer.epochsDone)") }
    mutating func beforeEpoch(_ trainer: inout some TrainingLoop) {
      lines.append("epoch \(trainer.epoch!.number)/\(trainer.epoch!.last) of \(trainer.epoch!.batchCount!)")
    }
    mutating func beforeStep(_ trainer: inout some TrainingLoop) { lines.append("step \(trainer.stepsDone)") }
    mutating func afterStep(_ trainer: inout some TrainingLoop) {
      lines.append(
        "stepped \(trainer.stepsDone), \(trainer.lastStep!.examples) rows, \(trainer.epoch!.batchesDone) done")
    }
    mutating func afterEpoch(_ trainer: inout some TrainingLoop) {
      lines.append("record \(trainer.history.last!.epoch)")
    }
    mutating func afterTraining(_ trainer: inout some TrainingLoop) {
      lines.append("end" + (trainer.failure.map { " by \(type(of: $0))" } ?? ""))
    }
  }

  @Test func `every event comes in its order, and the callback keeps its state`() throws {
    var trainer = Line.trainer(callbacks: [Diary()])
    try trainer.fit(Line.data, epochs: 1, batchSize: 3)
    #expect(
      trainer[Diary.self]!.lines == [
        "begin 0", "epoch 1/1 of 2", "step 0", "stepped 1, 3 rows, 1 done", "step 1", "stepped 2, 2 rows, 2 done",
        "record 1", "end",
      ])
    try trainer.fit(Line.data, epochs: 1, batchSize: 5)
    #expect(
      trainer[Diary.self]!.lines[8...] == [
        "begin 1", "epoch 2/2 of 1", "step 2", "stepped 3, 5 rows, 1 done", "record 2", "end",
      ])
  }

  @Test func `the validation has an event on both sides, also where it fails`() throws {
    struct Sides: Callback {
      var lines: [String] = []
      mutating func afterSteps(_ trainer: inout some TrainingLoop) { lines.append("steps \(trainer.epochsDone)") }
      mutating func beforeValidation(_ trainer: inout some TrainingLoop) { lines.append("before") }
      mutating func afterValidation(_ trainer: inout some TrainingLoop) { lines.append("after") }
      mutating func afterEpoch(_ trainer: inout some TrainingLoop) { lines.append("epoch \(trainer.epochsDone)") }
    }
    var trainer = Line.trainer(callbacks: [Sides()])
    try trainer.fit(Line.data, epochs: 1)
    try trainer.fit(Line.data, validation: Line.data, epochs: 1)
    #expect(
      trainer[Sides.self]!.lines == ["steps 0", "epoch 1", "steps 1", "before", "after", "epoch 2"])
    struct Failing: BatchSource {
      struct Failure: Error {}
      let calls = Shared(0)
      func batches(for request: BatchRequest) throws -> BatchStream<Tensor, Tensor> {
        calls.update { $0 += 1 }
        // The first call checks the data before training.
        if calls.value > 1 { throw Failure() }
        return Line.data.batches(for: request)
      }
    }
    #expect(throws: Failing.Failure.self) { try trainer.fit(Line.data, validation: Failing(), epochs: 1) }
    #expect(trainer[Sides.self]!.lines.suffix(3) == ["steps 2", "before", "after"])
  }

  @Test func `the state that is judged is the model's unless a callback says otherwise`() throws {
    struct Zero: Callback {
      func beforeValidation(_ trainer: inout some TrainingLoop) {
        trainer.judgedState = trainer.judgedState.mapValues { $0 * 0 }
      }
    }
    var trainer = Line.trainer(callbacks: [Zero(), BestState()])
    try trainer.fit(Line.data, validation: Line.data, epochs: 1)
    #expect(trainer[BestState.self]!.modelState["weight"]!.item == 0)
    #expect(trainer.judgedState["weight"]! == trainer.model.weight.value)
  }

  @Test func `a step by itself calls back as well`() throws {
    struct Count: Callback {
      var steps = 0
      mutating func afterStep(_ trainer: inout some TrainingLoop) { steps += trainer.epoch == nil ? 1 : 100 }
    }
    var trainer = Line.trainer(callbacks: [Count()])
    try trainer.step(on: Dataset.Batch(inputs: [[1]], labels: [[3]]))
    #expect(trainer[Count.self]!.steps == 1)
  }

  @Test func `a callback ends training after the step, and its epoch is recorded`() throws {
    struct StopAfter: Callback {
      let steps: Int
      func afterStep(_ trainer: inout some TrainingLoop) { if trainer.stepsDone == steps { trainer.isFinished = true } }
    }
    var trainer = Line.trainer(callbacks: [StopAfter(steps: 7)])
    let history = try trainer.fit(Line.data, epochs: 10, batchSize: 1)
    #expect(history.map(\.training.examples) == [5, 2])
    #expect(trainer.optimizer.stepsDone == 7)
  }

  @Test func `a callback ends training before an epoch, of which there is no record`() throws {
    struct TwoEpochs: Callback {
      func beforeEpoch(_ trainer: inout some TrainingLoop) { trainer.isFinished = trainer.epoch!.number > 2 }
    }
    var trainer = Line.trainer(callbacks: [TwoEpochs()])
    #expect(try trainer.fit(Line.data, epochs: 10).map(\.epoch) == [1, 2])
    #expect(trainer.epochsDone == 2 && trainer.epoch == nil)
  }

  @Test func `a callback sets the rate of the step that follows`() throws {
    struct Halve: Callback {
      func beforeStep(_ trainer: inout some TrainingLoop) { trainer.learningRate /= 2 }
    }
    var trainer = Line.trainer(rate: 0.4, callbacks: [Halve()])
    // dL/dw = 2 · (1 − 3) · 1 at w = 1.
    try trainer.step(on: Dataset.Batch(inputs: [[1]], labels: [[3]]))
    #expect(abs(trainer.model.weight.value.item - (1 + 0.2 * 4)) < 1e-6)
  }

  @Test(arguments: [nil, 0.5]) func `the gradient norm is that before clipping`(limit: Double?) throws {
    struct Norms: Callback {
      var values: [Double?] = []
      mutating func beforeStep(_ trainer: inout some TrainingLoop) { values.append(trainer.gradientNorm) }
      mutating func afterStep(_ trainer: inout some TrainingLoop) { values.append(trainer.gradientNorm) }
    }
    var trainer = Line.trainer(rate: 0, callbacks: [Norms()])
    trainer.maximumGlobalNorm = limit
    for _ in 0..<2 { try trainer.step(on: Dataset.Batch(inputs: [[1]], labels: [[3]])) }
    #expect(trainer[Norms.self]!.values == [nil, 4, nil, 4])
    #expect(trainer.gradientNorm == nil)
  }

  @Test func `what a callback measures stands in the record and in the line`() throws {
    struct Weight: Callback {
      let model: Linear
      func afterEpoch(_ trainer: inout some TrainingLoop) { trainer.metrics["weight"] = model.weight.value.item }
    }
    let lines = Lines()
    var trainer = Line.trainer(rate: 0, progress: .lines(to: lines.write))
    trainer.callbacks.append(Weight(model: trainer.model))
    var seen: [Double?] = []
    let history = try trainer.fit(Line.data, epochs: 2) { seen.append($1.metrics["weight"]) }
    #expect(history.map(\.metrics) == [["weight": 1], ["weight": 1]])
    #expect(seen == [1, 1])
    #expect(lines.all[0].hasPrefix("epoch 1/2  loss 8.2000  weight 1.0000  rate 0  "))
  }

  @Test func `an error is named after its callback, and all the others see the end`() throws {
    struct DiskFull: Error, Equatable {}
    struct Log: Callback {
      func afterEpoch(_ trainer: inout some TrainingLoop) throws { throw DiskFull() }
    }
    var trainer = Line.trainer(callbacks: [Log(), Diary()])
    #expect {
      try trainer.fit(Line.data, epochs: 3)
    } throws: { error in
      let error = error as? CallbackError
      return error?.callback == "Log" && error?.underlying is DiskFull && "\(error!)".contains("callback Log failed")
    }
    #expect(trainer[Diary.self]!.lines.last == "end by CallbackError")
    trainer[Log.self] = nil
    #expect(trainer.callbacks.count == 1)
    try trainer.fit(Line.data, epochs: 1)
    #expect(trainer[Diary.self]!.lines.last == "end")
  }

  @Test func `schedule and plateau are callbacks that can be changed`() throws {
    var trainer = Line.trainer()
    #expect(trainer.schedule == nil && trainer.plateau == nil)
    trainer.schedule = .constant(0.5)
    trainer.plateau = ReduceOnPlateau(patience: 3)
    trainer.plateau = ReduceOnPlateau(patience: 4)
    #expect(trainer.callbacks.count == 2 && trainer.plateau?.patience == 4)
    trainer.schedule = nil
    #expect(trainer.callbacks.count == 1)
  }
}
