import Foundation
import Strata
import StrataTensor
import Testing

@testable import StrataTraining

/// The search for a rate before training, and that it leaves no trace.
@Suite(.seeded) struct RateFinderTests {
  /// Clouds of three classes.
  private static let data: Dataset = withSeed(1) {
    let labels = (0..<96).map { $0 * 7 % 3 }
    let centers = Tensor(normal: [3, 6], standardDeviation: 2)
    return Dataset(inputs: centers.gathered(rows: labels) + Tensor(normal: [96, 6]), labels: Tensor(labels: labels))
  }

  private static func trainer() -> Trainer<Sequential, SoftmaxCrossEntropy, Adam> {
    let model = withSeed(2) {
      Sequential {
        Linear(6, 16); BatchNorm(16); ReLU(); Dropout(0.3); Linear(16, 3)
      }
    }
    return Trainer(
      model, loss: SoftmaxCrossEntropy(), optimizer: Adam(for: model), maximumGlobalNorm: 5,
      schedule: .constant(0.01), microBatchSize: 10, progress: .silent)
  }

  /// Batches of random numbers of the process's stream, which anybody else who draws would move.
  private struct Noisy: BatchSource {
    func batches(for request: BatchRequest) -> BatchStream<Tensor, Tensor> {
      BatchStream(
        (0..<4).lazy.map { _ in
          Dataset.Batch(inputs: Tensor(normal: [8, 6]), labels: Tensor(labels: (0..<8).map { $0 % 3 }))
        })
    }
  }

  /// Notes the rows of each batch.
  private struct Reader: BatchSource {
    let seen = Shared<[[Int]]>([])
    func batches(for request: BatchRequest) -> BatchStream<Tensor, Tensor> {
      var stream = Line.data.batches(for: request)
      return BatchStream(count: stream.count) {
        let batch = try stream.next()
        if let batch { seen.update { $0.append(batch.indices) } }
        return batch
      }
    }
  }

  @Test func `everything is put back, so that training has the same bits as without`() throws {
    func run(_ look: (borrowing Trainer<Sequential, SoftmaxCrossEntropy, Adam>) throws -> Void) throws -> [String:
      Tensor]
    {
      var trainer = Self.trainer()
      try trainer.fit(Self.data, epochs: 1, batchSize: 16)
      let before = trainer.model.state.merging(trainer.optimizer.state) { $1 }
      try look(trainer)
      let after = trainer.model.state.merging(trainer.optimizer.state) { $1 }
      for (path, tensor) in before { #expect(after[path]!.isIdentical(to: tensor), "\(path)") }
      try withSeed(9) { _ = try trainer.fit(Noisy(), epochs: 1) }
      try trainer.fit(Self.data, epochs: 1, batchSize: 16)
      return trainer.model.state.merging(trainer.optimizer.state) { $1 }
    }
    let plain = try run { _ in }
    let searched = try run {
      let curve = try $0.findRate(
        on: Self.data, validation: Self.data, steps: 30, trials: 4, trialSteps: 8, batchSize: 16)
      #expect(curve.trials?.outcomes.count == 4 && curve.suggestion != nil)
      _ = try $0.findRate(on: Noisy(), steps: 10, trialSteps: 4)
      _ = try $0.overfit(oneBatch: Self.data.batches(of: 16)[0], steps: 20)
      _ = try $0.findBatchSize(on: Self.data, within: 1 << 20)
    }
    for (path, tensor) in plain { #expect(searched[path]!.isIdentical(to: tensor), "\(path)") }
  }

  @Test func `what the source draws moves no stream of the caller`() throws {
    let trainer = Self.trainer()
    let (first, second) = try withSeed(3) {
      let first = Tensor(normal: [1]).item
      _ = try trainer.findRate(on: Noisy(), steps: 5, trialSteps: 4)
      return (first, Tensor(normal: [1]).item)
    }
    withSeed(3) { #expect([Tensor(normal: [1]).item, Tensor(normal: [1]).item] == [first, second]) }
  }

  @Test func `rates grow by a factor, and a step's loss is that which it leaves`() throws {
    // w ← w − 2 η (w − 3) Σ x² / n on the whole data: each loss follows from the one before.
    let trainer = Line.trainer()
    let curve = try trainer.findRate(on: Line.data, from: 1e-3, to: 1e-1, steps: 5, trials: 0, batchSize: 5)
    let rates = [1e-3, pow(10, -2.5), 1e-2, pow(10, -1.5), 1e-1]
    #expect(zip(curve.rates, rates).allSatisfy { abs($0 / $1 - 1) < 1e-12 } && !curve.hasDiverged)
    let meanSquare = 2.05
    var error = 2.0
    for (rate, loss) in zip(rates, curve.losses) {
      error -= 2 * rate * error * meanSquare
      #expect(abs(loss - error * error * meanSquare) < 1e-5)
    }
  }

  @Test func `the suggestion is the best rate of a quadratic`() throws {
    // Of L = Σ λ w² / 2 with λ = 1 and 9 a step at rate η leaves the errors (1 − η λ) w: the largest falls fastest at
    // η = 2 / (1 + 9), where both are 0.8 of what they were.
    let data = Dataset(inputs: [[1, 0], [0, 3]], labels: [[0], [0]])
    let model = Linear(weight: Parameter(Tensor(ones: [2, 1])), bias: nil)
    let trainer = Trainer(
      model, loss: MeanSquaredError(), optimizer: SGD(for: model, learningRate: 1), progress: .silent)
    let curve = try trainer.findRate(on: data, trials: 40, trialSteps: 60, batchSize: 2)
    let ratio = pow(3_000, 1 / 39.0)
    #expect(abs(log(curve.suggestion! / 0.2)) <= log(ratio), "\(curve.suggestion!)")
    let trials = try #require(curve.trials)
    let rates = trials.outcomes.map { $0.values["rate"]! }
    #expect(Set(rates).count == 40 && trials.outcomes.prefix(10).allSatisfy { $0.budget == 60 })
    #expect(
      trials.outcomes.map(\.budget).sorted() == [Int](repeating: 15, count: 20) + Array(repeating: 30, count: 10)
        + Array(repeating: 60, count: 10))
    #expect("\(curve)".contains("try \(shortText(curve.suggestion!))") && "\(curve)".contains("the curve's valley is"))
  }

  @Test func `a trial is training at its rate, from the trainer's state`() throws {
    var trainer = Self.trainer()
    try trainer.fit(Self.data, epochs: 1, batchSize: 16)
    let curve = try trainer.findRate(
      on: Self.data, validation: Self.data, steps: 40, trials: 3, trialSteps: 16, batchSize: 16)
    let plain = try trainer.findRate(on: Self.data, steps: 40, trials: 3, trialSteps: 16, batchSize: 16)
    let best = try #require(curve.trials?.best)
    #expect(best.budget == 16 && best.values["rate"] == .number(curve.suggestion!))
    // What a run does that has no schedule: here by a second trainer with the state of the first.
    let model = Self.trainer().model
    var run = Trainer(
      model, loss: SoftmaxCrossEntropy(), optimizer: Adam(for: model, learningRate: curve.suggestion!),
      maximumGlobalNorm: 5, microBatchSize: 10, progress: .silent)
    try model.load(trainer.model.state)
    try run.optimizer.load(trainer.optimizer.state)
    run.epochsDone = 1
    struct Judge: Callback {
      let losses: Shared<[(training: Double, validation: Double)]>
      func afterStep(_ loop: inout some TrainingLoop) throws {
        let trainer = loop as! Trainer<Sequential, SoftmaxCrossEntropy, Adam>
        let validation = try trainer.evaluate(RateFinderTests.data).loss
        losses.update { $0.append((trainer.lastStep!.loss, validation)) }
      }
    }
    let losses = Shared<[(training: Double, validation: Double)]>([])
    run.callbacks = [Judge(losses: losses)]
    try run.fit(Self.data, epochs: 3, batchSize: 16)
    let last = losses.value[12..<16]
    #expect(best.score == last.reduce(0) { $0 + $1.validation } / 4)
    let same = try #require(plain.trials?.outcomes.first { $0.values == best.values })
    if same.budget == 16 { #expect(same.score == last.reduce(0) { $0 + $1.training } / 4) }
  }

  @Test func `trials have the same batches, and one that diverges is no suggestion`() throws {
    let reader = Reader()
    let curve = try Line.trainer().findRate(on: reader, from: 1e-4, trials: 4, trialSteps: 8, batchSize: 5)
    let rows = reader.seen.value.suffix(4 * 2 + 2 * 4 + 8)
    #expect(rows.dropFirst(2).prefix(6).elementsEqual((rows.prefix(2) + rows.prefix(2) + rows.prefix(2))))
    #expect(rows.suffix(8).prefix(4).elementsEqual(rows.suffix(12).prefix(4)))
    #expect(curve.suggestion != nil)
    let alone = try Line.trainer().findRate(on: Line.data, trials: 0, batchSize: 5)
    #expect(alone.trials == nil && alone.suggestion == alone.valley)
    let wild = try Line.trainer().findRate(
      on: Line.data, from: 1e-3, to: 1e9, steps: 40, trials: 6, trialSteps: 800, batchSize: 5)
    #expect(wild.trials!.failures.contains { $0.failure == "diverged" } && wild.suggestion! < 1)
  }

  @Test func `smooth losses weigh both sides alike`() {
    let curve = RateCurve(rates: [1, 2, 4], losses: [3, 0, 0], hasDiverged: false)
    let expected: [Double] = [3 / 2.44, 2.4 / 2.6, 1.92 / 2.44]
    #expect(zip(curve.smoothLosses, expected).allSatisfy { abs($0 - $1) < 1e-12 })
  }

  @Test func `the steepest rate and the end of the descent`() {
    // A gentle rise, a straight descent from step 40 to step 60, then up.
    func loss(_ step: Int) -> Double {
      let t = Double(step)
      if step < 40 { return 2 + 1e-2 * t }
      return step < 60 ? 2 - 0.08 * (t - 40) : 0.4 + 0.1 * (t - 60)
    }
    let rates: [Double] = (0..<100).map { pow(10, Double($0) / 20) }
    let losses: [Double] = (0..<100).map(loss)
    let curve = RateCurve(rates: rates, losses: losses, hasDiverged: false)
    let (steepest, valley) = (20 * log10(curve.steepest!), 20 * log10(curve.valley!))
    #expect(43...57 ~= steepest && 54...61 ~= valley, "\(steepest) \(valley)")
    #expect("\(curve)".contains("steepest") && "\(curve)".contains("try \(shortText(curve.valley!))"))
  }

  @Test func `a loss that never falls has no suggestion`() {
    let curve = RateCurve(rates: [1, 2, 3], losses: [1, 2, 3], hasDiverged: true)
    #expect(curve.steepest == nil && curve.valley == nil && "\(curve)".contains("no rate lowers the loss"))
    let none = RateCurve(rates: [], losses: [], hasDiverged: true)
    #expect(none.valley == nil && "\(none)" == "no step was made")
  }

  @Test func `it ends where the loss leaves all bounds or a gradient is not finite`() throws {
    let curve = try Line.trainer().findRate(on: Line.data, from: 1e-2, to: 1e20, steps: 60, batchSize: 5)
    #expect(curve.hasDiverged && curve.rates.count < 60 && curve.losses.allSatisfy(\.isFinite))
    #expect(curve.rates.count == curve.losses.count)
    let model = Sequential { Linear(2, 2) }
    model.parameters[0].parameter.value = Tensor(repeating: 3e38, shape: [2, 2])
    let trainer = Trainer(
      model, loss: MeanSquaredError(), optimizer: SGD(for: model, learningRate: 1), progress: .silent)
    let broken = try trainer.findRate(on: Dataset(inputs: Tensor(ones: [4, 2]), labels: Tensor(zeros: [4, 2])))
    #expect(broken.hasDiverged && broken.rates.isEmpty)
  }

  @Test func `data that are not finite throw`() {
    let data = Dataset(inputs: [[.nan]], labels: [[1]])
    #expect(throws: TrainingDataError.self) { try Line.trainer().findRate(on: data) }
    let nothing = Dataset(inputs: Tensor(zeros: [0, 1]), labels: Tensor(zeros: [0, 1]))
    #expect(throws: TrainingDataError.self) { try Line.trainer().findRate(on: nothing) }
  }

  @Test func `a search in the middle of an epoch goes on from there`() throws {
    struct Take: Callback {
      let kept: Shared<TrainingCheckpoint?>
      func atRest(_ trainer: inout some TrainingLoop) throws {
        if trainer.stepsDone == 3, kept.value == nil {
          let checkpoint = try trainer.checkpoint
          kept.update { $0 = checkpoint }
        }
      }
    }
    let kept = Shared<TrainingCheckpoint?>(nil)
    var whole = Line.trainer(callbacks: [Take(kept: kept)])
    let plain = Reader()
    try whole.fit(plain, epochs: 1, batchSize: 1)
    var resumed = Line.trainer()
    try resumed.load(try #require(kept.value))
    let reader = Reader()
    _ = try resumed.findRate(on: reader, from: 1e-6, to: 1e-5, steps: 3, trials: 0, batchSize: 1)
    let rows = reader.seen.value
    #expect(rows[3...4] == plain.seen.value[3...4])
  }
}
