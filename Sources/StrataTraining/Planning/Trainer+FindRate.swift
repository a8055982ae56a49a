import Foundation
import StrataData
import StrataLayers
import StrataTensor

extension Trainer {
  /// Trains for some steps at rates that grow by the same factor from step to step, and returns how the loss went; then
  /// everything is as it was, to the bit.
  ///
  /// ```swift
  /// let curve = try trainer.findRate(on: train)
  /// print(curve)
  /// trainer.learningRate = curve.valley ?? trainer.learningRate
  /// ```
  ///
  /// In step i of n the rate is from · (to / from)^(i / (n − 1)). It ends early where the loss is not finite, or further
  /// above its least than four times the first. Parameters, statistics and random streams of the model are put back;
  /// optimizer and trainer are values, of which a copy trains; batches are those that the next call of `fit` begins with;
  /// and what the source draws comes from streams apart. Clipping and micro-batches are the trainer's; no callback runs,
  /// so that none sets the rate.
  ///
  /// - Parameters:
  ///   - train: The examples of training.
  ///   - from: The first rate.
  ///   - to: The last.
  ///   - steps: How many there are.
  ///   - batchSize: The examples of a step, as in training: the best rate depends on it.
  /// - Throws: As `fit`, but for gradients that are not finite, which end the search.
  public func findRate(
    on train: some BatchSource<Model.Input, Goal.Target>, from: Double = 1e-6, to: Double = 10, steps: Int = 100,
    batchSize: Int = 64
  ) throws -> RateCurve {
    require(
      from > 0 && to > from && to.isFinite && steps >= 3,
      "findRate: rates from \(from) to \(to) in \(steps) steps are not possible; give positive rates, the larger second, "
        + "and 3 steps or more")
    return try restoringAll { trial in
      var batches = TrialBatches(train, of: trial, batchSize: batchSize)
      var (rates, losses, hasDiverged): ([Double], [Double], Bool) = ([], [], false)
      for step in 0...steps {
        let rate = from * pow(to / from, Double(step) / Double(steps - 1))
        let batch = try batches.next()
        // The loss before a step is what the step before it left.
        guard step < steps else {
          losses.append(trial.loss(trial.model.forward(batch.inputs).0, batch.labels))
          break
        }
        trial.learningRate = rate
        do {
          let loss = try trial.step(on: batch).loss
          if step > 0 { losses.append(loss) }
          rates.append(rate)
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
