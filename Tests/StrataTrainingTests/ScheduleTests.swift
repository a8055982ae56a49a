import Foundation
import Strata
import StrataTensor
import Testing

@Suite(.seeded) struct ScheduleTests {
  private static func reference(_ name: String) throws -> [Double] {
    let tests = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
    let tensors = try Safetensors.read(tests.appending(path: "References/schedules.safetensors").path)
    return tensors[name]!.elements()
  }

  private func expectEqual(_ found: [Double], _ expected: [Double]) {
    #expect(found.count == expected.count)
    for (step, (a, b)) in zip(found, expected).enumerated() {
      #expect(abs(a - b) <= 1e-10 * abs(b), "step \(step): \(a), PyTorch has \(b)")
    }
  }

  private static let schedules: [String: Schedule] = [
    "step": .step(from: 0.1, every: 30),
    "exponential": .exponential(from: 0.1, factor: 0.97),
    "cosine": .cosine(from: 0.1, to: 0.01, steps: 40),
    "warm_step": .step(from: 0.1, every: 30).warmedUp(over: 5),
    "warm_cosine": .cosine(from: 0.1, to: 0.01, steps: 40).warmedUp(over: 20, from: 0.01),
    "milestones": .milestones([10, 11, 60], from: 0.1, factor: 0.3),
    "polynomial": .polynomial(from: 0.1, steps: 70, power: 2),
    "one_cycle": .oneCycle(to: 0.1, steps: 101),
    "one_cycle_linear": .oneCycle(
      to: 0.1, steps: 101, rise: 0.55, divisor: 10, finalDivisor: 100, isLinear: true),
    "restarts": .cosineRestarts(from: 0.1, to: 0.01, steps: 30),
    "restarts_longer": .cosineRestarts(from: 0.1, steps: 7, growth: 2),
    "sequence": .exponential(from: 0.1, factor: 0.9).then(.cosine(from: 0.1, steps: 40), after: 25),
    "warm_constant": .constant(0.1).warmedUp(over: 13, from: 0.25),
  ]

  @Test(arguments: schedules.keys.sorted())
  func `100 rates are PyTorch's`(_ name: String) throws {
    let schedule = Self.schedules[name]!
    expectEqual((0..<100).map(schedule.rate(at:)), try Self.reference(name))
  }

  @Test(arguments: ["plateau", "plateau_cooldown"])
  func `100 rates on a plateau are PyTorch's`(_ name: String) throws {
    var plateau =
      name == "plateau"
      ? ReduceOnPlateau(patience: 4)
      : ReduceOnPlateau(factor: 0.5, patience: 2, threshold: 1e-2, cooldown: 3, minimum: 0.004)
    var rates = [0.1]
    for (index, loss) in try Self.reference("plateau_losses").dropLast().enumerated() {
      rates.append(plateau.rate(after: loss, from: rates.last!))
      if index == 50 {  // its state survives a file
        plateau = try JSONDecoder().decode(ReduceOnPlateau.self, from: JSONEncoder().encode(plateau))
      }
    }
    expectEqual(rates, try Self.reference(name))
  }

  @Test func `a loss that equals the best is not an improvement at any threshold`() {
    var plateau = ReduceOnPlateau(patience: 0, threshold: 0)
    #expect(plateau.rate(after: 2, from: 1) == 1)
    #expect(plateau.rate(after: 2, from: 1) == 0.1)
  }

  @Test func `cycles and decays end where they should`() {
    let cycle = Schedule.oneCycle(to: 1, steps: 100)
    for (step, rate) in [(0, 0.04), (29, 1), (99, 0.04 / 1e4)] { #expect(abs(cycle.rate(at: step) - rate) < 1e-15) }
    #expect(cycle.rate(at: 1_000_000) == cycle.rate(at: 99))
    for steps in [1, 2, 3] {
      #expect((0..<steps + 2).allSatisfy { 0...1 ~= Schedule.oneCycle(to: 1, steps: steps).rate(at: $0) })
    }
    #expect((0..<9).allSatisfy { 0...1 ~= Schedule.oneCycle(to: 1, steps: 9, rise: $0 % 2 == 0 ? 0 : 1).rate(at: $0) })
    #expect(Schedule.polynomial(from: 1, steps: 4).rate(at: 3) == 0.25)
    #expect(Schedule.polynomial(from: 1, steps: 4).rate(at: .max) == 0)
    let root = Schedule.inverseSquareRoot(from: 2, after: 100).warmedUp(over: 100, from: 0)
    #expect([0, 50, 100, 400].map(root.rate(at:)) == [0, 1, 2, 1])
    #expect(Schedule.cosineRestarts(from: 1, steps: 3, growth: .max).rate(at: .max).isFinite)
  }

  @Test func `a negative loss that stays is a plateau, and the best never rises`() {
    var plateau = ReduceOnPlateau(patience: 1, threshold: 0.1)
    var rate = 1.0
    for loss in [-10, -9.5, -10.5, -10.9, -11.2] {
      rate = plateau.rate(after: loss, from: rate)
      #expect(plateau.best! <= loss || loss == -9.5 || plateau.best == -10)
    }
    // −9.5 and −10.5 are no gains on −10 by a tenth: the rate falls; −11.2 is one.
    #expect(rate == 0.1 && plateau.best == -11.2)
  }

  @Test func `an infinite loss is no gain, and what is remembered of it survives a file`() throws {
    var plateau = ReduceOnPlateau(patience: 1)
    #expect(plateau.rate(after: .infinity, from: 1) == 1)
    #expect(try JSONDecoder().decode(ReduceOnPlateau.self, from: JSONEncoder().encode(plateau)) == plateau)
    #expect(plateau.best == nil)
    #expect(plateau.rate(after: .infinity, from: 1) == 0.1)
  }

  @Test func `lengths in epochs become steps where the data know their count`() throws {
    let model = Linear(4, 3)
    struct Rates: Callback {
      var all: [Double] = []
      mutating func afterStep(_ trainer: inout some TrainingLoop) { all.append(trainer.learningRate) }
    }
    func rates(_ schedule: Schedule) throws -> [Double] {
      var trainer = Trainer(
        model, loss: SoftmaxCrossEntropy(), optimizer: SGD(for: model, learningRate: 9), schedule: schedule,
        progress: .silent, callbacks: [Rates()])
      try trainer.fit(Self.data, epochs: 3, batchSize: 8)  // 3 batches an epoch
      return trainer[Rates.self]!.all
    }
    #expect(try rates(.cosine(from: 0.1, to: 0.01, epochs: 3)) == rates(.cosine(from: 0.1, to: 0.01, steps: 9)))
    #expect(try rates(.step(from: 0.1, everyEpochs: 2)) == rates(.step(from: 0.1, every: 6)))
    #expect(
      try rates(.overEpochs { .constant(0.1).warmedUp(over: 2 * $0) }) == rates(.constant(0.1).warmedUp(over: 6)))
    #expect(
      try rates(.cosine(from: 0.1, epochs: 2).warmedUp(over: 3))
        == rates(.cosine(from: 0.1, steps: 6).warmedUp(over: 3)))
    #expect(Schedule.cosine(from: 1, epochs: .max).rate(at: 5, stepsPerEpoch: 10) == 1)
  }

  @Test func `a loss of NaN is not an improvement`() {
    var plateau = ReduceOnPlateau(patience: 0)
    #expect(plateau.rate(after: .nan, from: 1) == 0.1)
    #expect(plateau.rate(after: 2, from: 0.1) == 0.1)
    #expect(plateau.rate(after: .nan, from: 0.1) == 0.1 * 0.1)
  }

  private static let data = Dataset(
    inputs: Tensor(normal: [20, 4]), labels: Tensor(labels: (0..<20).map { $0 % 3 }))

  @Test func `a trainer goes by its schedule step for step`() throws {
    let model = Linear(4, 3)
    var trainer = Trainer(
      model, loss: SoftmaxCrossEntropy(), optimizer: SGD(for: model, learningRate: 9),
      schedule: .step(from: 0.1, every: 2, factor: 0.5), progress: .silent)
    var rates: [Double] = []
    for batch in Self.data.batches(of: 4) {
      try trainer.step(on: batch)
      rates.append(trainer.optimizer.learningRate)
    }
    #expect(rates == [0.1, 0.1, 0.05, 0.05, 0.025])
  }

  @Test func `a trainer lowers the rate where the validation loss falls no longer`() throws {
    let model = Linear(4, 3)
    var trainer = Trainer(
      model, loss: SoftmaxCrossEntropy(), optimizer: SGD(for: model, learningRate: 1e-30),
      plateau: ReduceOnPlateau(factor: 0.5, patience: 1), progress: .silent)
    trainer.optimizer.learningRate = 1e-3
    let history = try trainer.fit(
      Self.data, validation: Dataset(inputs: Tensor(zeros: [3, 4]), labels: Tensor(labels: [0, 1, 2])),
      epochs: 1)
    #expect(history[0].learningRate == 1e-3)
    trainer.plateau = ReduceOnPlateau(factor: 0.5, patience: 1, threshold: 1)
    try trainer.fit(Self.data, epochs: 3)
    #expect(trainer.optimizer.learningRate == 5e-4)
  }

  /// A file may hold any numbers under the right names.
  @Test(arguments: [
    #""factor":2"#, #""factor":-1"#, #""patience":-1"#, #""cooldown":-1"#,
    #""evaluationsWithoutGain":9223372036854775807"#,
    #""cooldownLeft":-9223372036854775808"#,
  ])
  func `a plateau with numbers without a meaning is not decoded`(_ wrong: String) throws {
    let good = String(decoding: try JSONEncoder().encode(ReduceOnPlateau()), as: UTF8.self)
    let key = wrong.prefix { $0 != ":" }
    let bad = good.replacing(try Regex("\(key):[^,}]*"), with: wrong)
    #expect(bad != good)
    #expect(throws: DecodingError.self) { try JSONDecoder().decode(ReduceOnPlateau.self, from: Data(bad.utf8)) }
  }
}
