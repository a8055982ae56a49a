import StrataData
import StrataLayers
import StrataTensor

extension Trainer {
  /// Trains on the same batch again and again, and returns whether the model learns it by heart, as every sound model
  /// does; then everything is as it was, to the bit.
  ///
  /// ```swift
  /// print(try trainer.overfit(oneBatch: train.batches(of: 32)[0]))
  /// ```
  ///
  /// It is a check of minutes before a training of hours: labels that do not belong to their inputs, a gradient that does
  /// not arrive, or a rate that is no good show at once. The batch is learnt where the loss of five steps in a row is at
  /// most `fraction` of the first, or five steps in a row predict every class. A model that has learnt already has further
  /// to go, and a loss with a floor, such as one with smoothed labels, passes by its classes alone.
  ///
  /// - Parameters:
  ///   - batch: Some examples; few are learnt sooner.
  ///   - steps: The most steps to make, at the trainer's rate.
  ///   - fraction: What part of the first loss is little enough.
  /// - Throws: As `fit`, but for gradients that are not finite, which end the check.
  public func overfit(
    oneBatch batch: Examples<Model.Input, Goal.Target>.Batch, steps: Int = 300, to fraction: Double = 0.1
  ) throws -> OverfitCheck {
    require(batch.count > 0, "overfit: the batch has no examples")
    require(
      steps >= 5 && fraction > 0 && fraction < 1,
      "overfit: \(steps) steps to \(fraction) of the first loss are not possible; give 5 steps or more, and a part between "
        + "0 and 1")
    return try restoringAll { trial in
      var check = BatchCheck(model, loss)
      (check.isForTraining, check.partSize) = (true, microBatchSize ?? .max)
      try check.admit(batch)
      var (losses, accuracy, inARow, failure): ([Double], Double?, Int, NonFiniteGradientError?) = ([], nil, 0, nil)
      while losses.count < steps && inARow < 5 {
        do {
          let step = try trial.step(on: batch)
          losses.append(step.loss)
          accuracy = step.accuracy
          let isLittle = losses[0] > 0 && step.loss <= fraction * losses[0]
          inARow = isLittle || accuracy == 1 ? inARow + 1 : 0
        } catch let error as NonFiniteGradientError {
          losses.append(.nan)
          failure = error
          break
        }
      }
      return OverfitCheck(
        losses: losses, accuracy: accuracy, fraction: fraction, isPassed: inARow >= 5, failure: failure)
    }
  }
}
