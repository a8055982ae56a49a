import StrataTensor

/// Lowers the learning rate where a loss falls no longer: rate ← max(rate · factor, minimum) after more than
/// `patience` evaluations in a row without a gain.
///
/// ```swift
/// var plateau = ReduceOnPlateau(patience: 3)
/// optimizer.learningRate = plateau.rate(after: loss, from: optimizer.learningRate)    // each epoch
/// ```
///
/// A gain is a finite loss more than threshold · |best| below the best so far; NaN is none. A ``Trainer`` that has it
/// among its callbacks runs the second line itself, by the validation loss, else that of training. It remembers, so save it (it is
/// `Codable`) to resume a run. PyTorch's `ReduceLROnPlateau`.
public struct ReduceOnPlateau: Callback, Codable, Equatable {
  /// What the rate is multiplied by on a plateau.
  public let factor: Double
  /// How many evaluations without a gain are waited for.
  public let patience: Int
  /// By what share of the lowest loss so far a loss must be below it to be a gain.
  public let threshold: Double

  /// For how many evaluations after a reduction none is held against it.
  public let cooldown: Int
  /// The rate below which it does not go.
  public let minimum: Double

  /// The lowest loss so far.
  public private(set) var best: Double?
  private var evaluationsWithoutGain = 0
  private var cooldownLeft = 0

  public init(
    factor: Double = 0.1, patience: Int = 10, threshold: Double = 1e-4, cooldown: Int = 0,
    minimum: Double = 0
  ) {
    require(
      0..<1 ~= factor && patience >= 0 && cooldown >= 0,
      "ReduceOnPlateau: factor \(factor) must lie in 0..<1, and patience \(patience) and cooldown \(cooldown) "
        + "must not be negative")
    requireOption("ReduceOnPlateau: threshold", threshold, .notNegative)
    requireOption("ReduceOnPlateau: minimum", minimum, .notNegative)
    self.factor = factor
    self.patience = patience
    self.threshold = threshold
    self.cooldown = cooldown
    self.minimum = minimum
  }

  public mutating func afterEpoch(_ trainer: inout some TrainingLoop) {
    trainer.learningRate = rate(after: trainer.history.last!.judgedLoss, from: trainer.learningRate)
  }

  /// The rate to go on with after an evaluation that gave this loss.
  public mutating func rate(after loss: Double, from rate: Double) -> Double {
    if loss.isFinite, best.map({ loss < $0 * (1 - ($0 < 0 ? -threshold : threshold)) }) ?? true {
      best = loss
      evaluationsWithoutGain = 0
    } else {
      evaluationsWithoutGain += 1
    }
    if cooldownLeft > 0 {
      cooldownLeft -= 1
      evaluationsWithoutGain = 0
    }
    guard evaluationsWithoutGain > patience else { return rate }
    cooldownLeft = cooldown
    evaluationsWithoutGain = 0
    let reduced = max(rate * factor, minimum)
    return rate - reduced > 1e-8 ? reduced : rate  // PyTorch's eps: no smaller change is made
  }
}
