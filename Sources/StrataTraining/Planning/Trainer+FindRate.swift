import Foundation
import StrataData
import StrataLayers
import StrataTensor

extension Trainer {
  /// Finds a learning rate: trains for some steps at rates that grow from step to step, then for longer at some rates
  /// around what this suggests, and returns how the loss went; then everything is as it was, to the bit.
  ///
  /// ```swift
  /// let curve = try trainer.findRate(on: train, validation: validation)
  /// print(curve)
  /// trainer.learningRate = curve.suggestion ?? trainer.learningRate
  /// ```
  ///
  /// In step i of n the rate is from · (to / from)^(i / (n − 1)). It ends early where the loss is not finite, or further
  /// above its least than four times the first. Where the curve falls, trials follow: a grid of rates from a hundredth of
  /// ``RateCurve/valley`` to thirty times as much, within the range, each at a constant rate, from the trainer's state and
  /// along the same batches. They are a ``SweepStrategy/successiveHalving(trials:factor:budget:)`` by 2: after a quarter of
  /// `trialSteps` the better half begins again with half of them, and the best quarter with all. A trial is judged by the
  /// mean loss of its last quarter of steps, or, where there are validation examples, of four or five evaluations of these
  /// in that quarter. 12 trials of 200 steps take 1,800 steps and about 90 evaluations; the rate found is the best for about
  /// as many steps as the longest trials have, so give more where training is long.
  ///
  /// Parameters, statistics and random streams of the model are put back;
  /// optimizer and trainer are values, of which a copy trains; batches are those that the next call of `fit` begins with;
  /// and what the source draws comes from streams apart. Clipping and micro-batches are the trainer's; no callback runs,
  /// so that none sets the rate.
  ///
  /// - Parameters:
  ///   - train: The examples of training.
  ///   - validation: What trials are judged by.
  ///   - from: The first rate.
  ///   - to: The last.
  ///   - steps: How many there are.
  ///   - trials: How many rates are tried; 0 for the curve alone.
  ///   - trialSteps: The steps of the longest trials.
  ///   - batchSize: The examples of a step, as in training: the best rate depends on it.
  /// - Throws: As `fit`, but for gradients that are not finite, which end the search or a trial.
  public func findRate(
    on train: some BatchSource<Model.Input, Goal.Target>,
    validation: (any BatchSource<Model.Input, Goal.Target>)? = nil, from: Double = 1e-6, to: Double = 10,
    steps: Int = 100, trials: Int = 12, trialSteps: Int = 200, batchSize: Int = 64
  ) throws -> RateCurve {
    require(
      from > 0 && to > from && to.isFinite && steps >= 3,
      "findRate: rates from \(from) to \(to) in \(steps) steps are not possible; give positive rates, the larger second, "
        + "and 3 steps or more")
    require(
      trials >= 0 && trialSteps >= 4,
      "findRate: \(trials) trials of \(trialSteps) steps are not possible; give 4 steps or more, and no negative number of "
        + "trials")
    var curve = try rateCurve(on: train, from: from, to: to, steps: steps, batchSize: batchSize)
    guard trials > 0, let center = curve.valley ?? curve.steepest else { return curve }
    let rates = rates(from: max(from, center / 100), to: min(to, center * 30), count: trials)
    let halving = SweepStrategy.successiveHalving(trials: trials, factor: 2, budget: trialSteps / 4...trialSteps)
    curve.trials = try halving.result(of: trials, lookingFor: .least) { numbers, steps in
      try numbers.map { number in
        let loss = try trialLoss(on: train, validation, rate: rates[number], steps: steps, batchSize: batchSize)
        return SweepResult.Outcome(
          trial: number, budget: steps, values: ["rate": .number(rates[number])], score: loss,
          failure: loss == nil ? "diverged" : nil)
      }
    }
    return curve
  }

  /// Returns the loss after some steps at a rate; nil where it is not finite.
  private func trialLoss(
    on train: some BatchSource<Model.Input, Goal.Target>,
    _ validation: (any BatchSource<Model.Input, Goal.Target>)?, rate: Double, steps: Int, batchSize: Int
  ) throws -> Double? {
    try restoringAll { trial in
      trial.learningRate = rate
      var batches = TrialBatches(train, of: trial, batchSize: batchSize)
      var losses: [Double] = []
      do {
        for left in (0..<steps).reversed() {
          let loss = try trial.step(on: batches.next()).loss
          // At a constant rate the loss goes up and down: a mean says more than the end alone.
          guard left < max(1, steps / 4) else { continue }
          if let validation {
            if left % max(1, steps / 16) == 0 { losses.append(try trial.evaluate(validation).loss) }
          } else {
            losses.append(loss)
          }
        }
      } catch is NonFiniteGradientError { return nil }
      let loss = losses.reduce(0, +) / Double(losses.count)
      return loss.isFinite ? loss : nil
    }
  }

  /// Returns rates that grow by the same factor.
  private func rates(from: Double, to: Double, count: Int) -> [Double] {
    (0..<count).map { from * pow(to / from, Double($0) / Double(max(1, count - 1))) }
  }

  private func rateCurve(
    on train: some BatchSource<Model.Input, Goal.Target>, from: Double, to: Double, steps: Int, batchSize: Int
  ) throws -> RateCurve {
    let all = rates(from: from, to: to, count: steps)
    return try restoringAll { trial in
      var batches = TrialBatches(train, of: trial, batchSize: batchSize)
      var (rates, losses, hasDiverged): ([Double], [Double], Bool) = ([], [], false)
      for step in 0...steps {
        let batch = try batches.next()
        // The loss before a step is what the step before it left.
        guard step < steps else {
          losses.append(trial.loss(trial.model.forward(batch.inputs).0, batch.labels))
          break
        }
        trial.learningRate = all[step]
        do {
          let loss = try trial.step(on: batch).loss
          if step > 0 { losses.append(loss) }
          rates.append(all[step])
          if !loss.isFinite || step > 0 && loss - losses.min()! > 4 * abs(losses[0]) {
            hasDiverged = true
            break
          }
        } catch is NonFiniteGradientError {
          hasDiverged = true
          break
        }
      }
      let finite = losses.prefix { $0.isFinite }
      return RateCurve(
        rates: Array(rates.prefix(finite.count)), losses: Array(finite),
        hasDiverged: hasDiverged || finite.count < steps)
    }
  }

  /// Runs `body` with a copy of this trainer that shows nothing and calls nothing, and puts back all that the model
  /// holds. What `body` draws outside of the model comes from streams apart.
  func restoringAll<R>(_ body: (inout Trainer) throws -> R) rethrows -> R {
    var trial = self
    (trial.callbacks, trial.progress) = ([], .silent)
    return try ModelContents(of: model).restoringAll { try withSeed(seed) { try body(&trial) } }
  }
}
