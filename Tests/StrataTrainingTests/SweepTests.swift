import Foundation
import Strata
import StrataData
import StrataTensor
import Testing

@testable import StrataTraining

/// Sweeps: which trials they make, that results do not depend on how many run at once or on a kill, and what is refused.
@Suite(.seeded) struct SweepTests {
  private static let data: Dataset = withSeed(1) {
    let labels = (0..<90).map { $0 * 7 % 3 }
    let centers = Tensor(normal: [3, 6], standardDeviation: 2)
    return Dataset(inputs: centers.gathered(rows: labels) + Tensor(normal: [90, 6]), labels: Tensor(labels: labels))
  }

  private static let space: [String: SweepRange] = [
    "rate": .logUniform(1e-4...1e-1), "width": .choice([4, 8]), "drop": .uniform(0...0.5),
  ]

  /// Trains a small model; what it draws follows from the trial's seed.
  @Sendable private static func train(_ trial: SweepTrial) throws -> Double {
    let width = trial.wholeNumber("width")
    let model = Sequential {
      Linear(6, width); ReLU(); Dropout(trial.number("drop")); Linear(width, 3)
    }
    var trainer = Trainer(
      model, loss: SoftmaxCrossEntropy(), optimizer: Adam(for: model, learningRate: trial.number("rate")),
      progress: .silent)
    try trainer.fit(data[0..<60], epochs: trial.budget, batchSize: 20)
    return try trainer.evaluate(data[60..<90]).loss
  }

  private func withJournal(_ body: (String) throws -> Void) throws {
    let directory = FileManager.default.temporaryDirectory.appending(path: "sweep-\(UUID())").path
    defer { try? FileManager.default.removeItem(atPath: directory) }
    try body(directory + "/sweep.jsonl")
  }

  private func run(
    _ strategy: SweepStrategy = .random(trials: 6), journal: String? = nil, atOnce: Int = 1, seed: UInt64 = 3,
    counting calls: Shared<[Int]> = Shared([])
  ) throws -> SweepResult {
    try sweep(
      over: Self.space, strategy: strategy, journal: journal, atOnce: atOnce, seed: seed, progress: .silent
    ) { trial in
      calls.update { $0.append(trial.number) }
      return try Self.train(trial)
    }
  }

  @Test func `results do not depend on how many run at once`() throws {
    for strategy in [SweepStrategy.random(trials: 6), .successiveHalving(trials: 6, factor: 2, budget: 1...3)] {
      let alone = try run(strategy)
      for count in [2, 3] { #expect(try run(strategy, atOnce: count) == alone) }
      #expect(alone.outcomes.count == 6 && alone.best?.score != nil && alone.failures.isEmpty)
      #expect(try run(strategy, seed: 4) != alone)
    }
  }

  @Test func `a sweep that was killed anywhere goes on, and runs no trial again that had ended`() throws {
    try withJournal { path in
      let strategy = SweepStrategy.successiveHalving(trials: 4, factor: 2, budget: 1...2)
      let whole = try run(strategy, journal: path)
      let bytes = try [UInt8](Data(contentsOf: URL(filePath: path)))
      // The title, four trials, two of them again.
      #expect(bytes.count { $0 == UInt8(ascii: "\n") } == 7)
      for count in Array(stride(from: 0, to: bytes.count, by: 83)) + [bytes.count - 1, bytes.count] {
        try Data(bytes[..<count]).write(to: URL(filePath: path))
        let calls = Shared<[Int]>([])
        #expect(try run(strategy, journal: path, atOnce: 2, counting: calls) == whole)
        let kept = max(0, bytes[..<count].count { $0 == UInt8(ascii: "\n") } - 1)
        #expect(calls.value.count == 6 - kept)
        let lines = try String(contentsOfFile: path, encoding: .utf8).split(separator: "\n")
        #expect(Set(lines).count == 7 && lines.count == 7)
      }
    }
  }

  @Test func `a journal of another sweep, or a damaged one, is refused and stays`() throws {
    try withJournal { path in
      _ = try run(journal: path)
      let before = try Data(contentsOf: URL(filePath: path))
      #expect(throws: SweepError.self) { try run(journal: path, seed: 4) }
      #expect(throws: SweepError.self) { try run(.random(trials: 7), journal: path) }
      do { _ = try run(.grid(points: 2), journal: path) } catch {
        #expect(
          "\(error)".contains("random, 6, least, seed 3: drop uniform 0.0...0.5") && "\(error)".contains("grid of 2"))
      }
      #expect(try Data(contentsOf: URL(filePath: path)) == before)
      var lines = String(decoding: before, as: UTF8.self)
      lines.replace("\"trial\":2", with: "\"trial\":two")
      try Data(lines.utf8).write(to: URL(filePath: path))
      #expect(throws: DataError.self) { try run(journal: path) }
    }
  }

  @Test func `a trial that fails is an outcome with its error, and is not run again`() throws {
    struct Odd: Error {}
    try withJournal { path in
      let calls = Shared<[Int]>([])
      func result() throws -> SweepResult {
        try sweep(over: ["x": .uniform(0...1)], strategy: .random(trials: 5), journal: path, progress: .silent) {
          trial in
          calls.update { $0.append(trial.number) }
          if trial.number == 1 { throw Odd() }
          return trial.number == 2 ? .nan : trial.number == 3 ? -.infinity : trial.number("x")
        }
      }
      let first = try result()
      #expect(first.failures.map(\.trial) == [1] && first.failures[0].failure == "Odd()")
      #expect(first.best?.trial == 3 && first.best?.score == -.infinity)
      #expect(Set(first.outcomes.suffix(2).map(\.trial)) == [1, 2])
      let second = try result()
      #expect(calls.value == [0, 1, 2, 3, 4] && second.outcomes.map(\.trial) == first.outcomes.map(\.trial))
      let table = "\(first)".split(separator: "\n")
      #expect(table[0].contains("trial  budget") && table.contains { $0.contains("Odd()") })
    }
    let none = try sweep(over: ["x": .uniform(0...1)], strategy: .random(trials: 2), progress: .silent) { _ in
      throw Odd()
    }
    #expect(none.best == nil && none.failures.count == 2)
  }

  @Test func `a signal ends the sweep, which then goes on`() throws {
    try withJournal { path in
      let isStopped = Shared(true)
      func result() throws -> SweepResult {
        try sweep(over: ["x": .wholeNumbers(1...9)], strategy: .random(trials: 4), journal: path, progress: .silent) {
          trial in
          if trial.number == 2, isStopped.value { throw InterruptionError(signal: 2, directory: "") }
          return trial.number("x")
        }
      }
      #expect(throws: InterruptionError.self) { try result() }
      isStopped.update { $0 = false }
      let outcomes = try result().outcomes
      #expect(outcomes.count == 4)
    }
  }

  @Test func `a grid has every combination`() throws {
    let result = try sweep(
      over: [
        "rate": .logUniform(1e-3...1e-1), "rule": .choice(["sgd", "adam"]), "depth": .wholeNumbers(1...3),
        "drop": .uniform(0...1),
      ],
      strategy: .grid(points: 3), lookingFor: .greatest, progress: .silent
    ) { trial in
      trial.number("rate") + (trial.text("rule") == "adam" ? 1 : 0) + trial.number("depth") * trial.number("drop")
    }
    #expect(result.outcomes.count == 3 * 2 * 3 * 3 && Set(result.outcomes.map(\.values)).count == 54)
    #expect(result.best?.values == ["rate": 0.1, "rule": "adam", "depth": 3, "drop": 1] && result.best?.score == 4.1)
    let rates = Set(result.outcomes.map { $0.values["rate"]! })
    #expect(rates.isSuperset(of: [0.001, 0.1]) && rates.count == 3)
    #expect(rates.contains { if case .number(let rate) = $0 { abs(rate - 0.01) < 1e-12 } else { false } })
    let single = try sweep(over: ["x": .uniform(0...1)], strategy: .grid(points: 1), progress: .silent) {
      $0.number("x")
    }
    #expect(single.outcomes.map(\.score) == [0.5])
  }

  @Test func `random values fill their ranges`() throws {
    let result = try sweep(
      over: [
        "rate": .logUniform(1e-4...1e-1), "n": .wholeNumbers(1...3), "x": .uniform(-1...1), "c": .choice(["a", "b"]),
      ],
      strategy: .random(trials: 400), progress: .silent
    ) { $0.number("rate") }
    func numbers(_ name: String) -> [Double] {
      result.outcomes.compactMap { if case .number(let number)? = $0.values[name] { number } else { nil } }
    }
    let decades = numbers("rate").map { Int(log10($0).rounded(.down)) }
    for decade in [-4, -3, -2] { #expect(100...170 ~= decades.count { $0 == decade }) }
    for number in [1.0, 2, 3] { #expect(100...170 ~= numbers("n").count { $0 == number }) }
    #expect(160...240 ~= numbers("x").count { $0 < 0 } && numbers("x").allSatisfy { -1...1 ~= $0 })
    #expect(160...240 ~= result.outcomes.count { $0.values["c"] == "a" })
    // A trial's values do not depend on how many others there are.
    let fewer = try sweep(over: ["x": .uniform(-1...1)], strategy: .random(trials: 3), progress: .silent) {
      $0.number("x")
    }
    let more = try sweep(over: ["x": .uniform(-1...1)], strategy: .random(trials: 9), progress: .silent) {
      $0.number("x")
    }
    #expect(Set(fewer.outcomes.map(\.score)).isSubset(of: more.outcomes.map(\.score)))
  }

  @Test func `halving gives the best of each round more`() throws {
    let calls = Shared<[[Int]]>([])
    let result = try sweep(
      over: ["x": .uniform(0...1)], strategy: .successiveHalving(trials: 9, factor: 3, budget: 2...16),
      progress: .silent
    ) { trial in
      calls.update { $0.append([trial.number, trial.budget]) }
      return trial.number("x")
    }
    let rounds = Dictionary(grouping: calls.value) { $0[1] }.mapValues { Set($0.map { $0[0] }) }
    #expect(rounds.mapValues(\.count) == [2: 9, 6: 3, 16: 1])
    let order = result.outcomes.map(\.trial)
    #expect(rounds[6] == Set(order.prefix(3)) && rounds[16] == [order[0]])
    #expect(result.outcomes.map(\.budget) == [16, 6, 6, 2, 2, 2, 2, 2, 2] && result.best?.trial == order[0])
    let scores = result.outcomes.map { $0.score! }
    #expect(scores == scores.sorted())
  }

  @Test func `trials share the workers and have their seeds`() throws {
    let seen = Shared<[[UInt64]]>([])
    try withWorkers(4) {
      _ = try sweep(over: ["x": .uniform(0...1)], strategy: .random(trials: 4), atOnce: 2, progress: .silent) { trial in
        seen.update { $0.append([UInt64(Runtime.workers), trial.seed, Runtime.seed]) }
        return 0
      }
    }
    #expect(seen.value.allSatisfy { $0[0] == 2 && $0[1] == $0[2] } && Set(seen.value.map { $0[1] }).count == 4)
  }
}
