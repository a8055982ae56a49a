import StrataTensor

/// Trains models with different hyperparameters, several at once, and returns how each did, the best first.
///
/// ```swift
/// let result = try sweep(
///   over: ["rate": .logUniform(1e-4...1e-1), "width": .choice([32, 64])], strategy: .random(trials: 20),
///   journal: "sweep.jsonl", atOnce: 2
/// ) { trial in
///   let width = trial.wholeNumber("width")
///   let model = Sequential { Linear(64, width); ReLU(); Linear(width, 10) }
///   var trainer = Trainer(
///     model, loss: SoftmaxCrossEntropy(), optimizer: Adam(for: model, learningRate: trial.number("rate")),
///     progress: .silent)
///   try trainer.fit(train, epochs: 5)
///   return try trainer.evaluate(validation).loss
/// }
/// print(result)
/// ```
///
/// A trial runs on one thread with its share of the workers, and under a seed that follows from `seed` and its number, so
/// that results depend neither on how many run at once nor on which ends first. A body that throws has failed; its error is
/// an outcome, and the others go on. Only an ``InterruptionError`` ends the sweep, after the trials that are at work.
///
/// With a journal each trial that has ended is on the disk; the same sweep with the same journal, after a kill too, does
/// not run it again and has the same results. Trials that were at work begin again.
///
/// - Parameters:
///   - space: The range of each hyperparameter.
///   - strategy: How trials are chosen.
///   - goal: Whether the least or the greatest score is best.
///   - path: The file of the trials that have ended, in lines of JSON; nil for none.
///   - atOnce: How many trials run at the same time.
///   - seed: What the values of random trials and the seeds of all follow from.
///   - progress: Where a line is shown for each trial that ends.
///   - body: Runs one trial and returns its score. What it captures is shared by all that run at once.
/// - Throws: ``SweepError`` where the journal is that of another sweep; `DataError` where it is damaged or cannot be
///   written; ``InterruptionError``.
public func sweep(
  over space: [String: SweepRange], strategy: SweepStrategy, lookingFor goal: SweepGoal = .least,
  journal path: String? = nil, atOnce: Int = 1, seed: UInt64 = Runtime.seed, progress: ProgressDisplay = .standardError,
  _ body: @escaping @Sendable (SweepTrial) throws -> Double
) throws -> SweepResult {
  require(!space.isEmpty && atOnce >= 1, "sweep: \(space.count) ranges and \(atOnce) trials at once must be 1 or more")
  let ranges = space.sorted { $0.key < $1.key }.map { "\($0.key) \($0.value.name)" }.joined(separator: ", ")
  let journal = try path.map { try SweepJournal($0, of: "\(strategy.name), \(goal), seed \(seed): \(ranges)") }
  let values = strategy.values(over: space, seed: seed)
  let run = SweepRun(body: body, journal: journal, atOnce: atOnce, progress: progress)
  return try strategy.result(of: values.count, lookingFor: goal) { trials, budget in
    try run.outcomes(
      of: trials.map { trial in
        // Streams of trials have numbers from 0 on; their seeds come from far behind.
        var generator = RandomGenerator(seed: seed, stream: .max - UInt64(trial))
        return SweepTrial(number: trial, values: values[trial], budget: budget, seed: generator.next())
      })
  }
}
