import Foundation
import StrataTensor

/// A learning rate for every step: a pure function of how many steps have been made.
///
/// ```swift
/// let schedule = Schedule.cosine(from: 1e-3, steps: 10_000).warmedUp(over: 500)
/// optimizer.learningRate = schedule.rate(at: optimizer.stepsDone)       // before each step
/// ```
///
/// ``Trainer`` does the second line itself, and finds the steps of an epoch where lengths are given in epochs:
/// `.cosine(from: 1e-3, epochs: 30)`. A schedule of your own is a closure: `Schedule { 0.1 / Double($0 + 1) }`.
/// ``ReduceOnPlateau`` goes by the loss.
public struct Schedule: Callback {
  private let rate: @Sendable (_ step: Int, _ stepsPerEpoch: Int?) -> Double

  /// A schedule by a function: the rate after n steps.
  public init(_ rate: @escaping @Sendable (_ step: Int) -> Double) { self.rate = { step, _ in rate(step) } }

  private init(inEpochs rate: @escaping @Sendable (_ step: Int, _ stepsPerEpoch: Int?) -> Double) { self.rate = rate }

  /// A schedule of lengths in epochs, given how many steps an epoch has.
  ///
  /// ```swift
  /// Schedule.overEpochs { steps in .cosine(from: 1e-3, steps: 29 * steps).warmedUp(over: steps) }
  /// ```
  public static func overEpochs(_ schedule: @escaping @Sendable (_ stepsPerEpoch: Int) -> Schedule) -> Schedule {
    Schedule(inEpochs: { step, stepsPerEpoch in
      guard let stepsPerEpoch else {
        stop(
          "Schedule: lengths in epochs need the number of steps an epoch has, which is not known; train on data that "
            + "know their count, or give lengths in steps")
      }
      return schedule(stepsPerEpoch).rate(at: step, stepsPerEpoch: stepsPerEpoch)
    })
  }

  /// Returns the learning rate of the step that comes after `step` others.
  public func rate(at step: Int) -> Double { rate(step, nil) }

  /// Returns the same, for a schedule of lengths in epochs of n steps; nil where that is not known.
  public func rate(at step: Int, stepsPerEpoch: Int?) -> Double { rate(step, stepsPerEpoch) }

  public func beforeStep(_ trainer: inout some TrainingLoop) {
    trainer.learningRate = rate(at: trainer.stepsDone, stepsPerEpoch: trainer.epoch?.batchCount)
  }

  /// The same rate at all steps, for a warm-up to come before.
  public static func constant(_ rate: Double) -> Schedule { exponential(from: rate, factor: 1) }

  /// rate · factor^⌊t / n⌋: a drop after every n steps. PyTorch's `StepLR`.
  public static func step(from rate: Double, every n: Int, factor: Double = 0.1) -> Schedule {
    require(n >= 1, "Schedule.step: a drop after every \(n) is not possible; give 1 or more")
    requireOption("Schedule.step: the rate", rate, .notNegative)
    requireOption("Schedule.step: the factor", factor, .notNegative)
    return Schedule { rate * pow(factor, Double($0 / n)) }
  }

  /// rate · factor^⌊e / n⌋ in epoch e from 0: a drop after every n epochs.
  public static func step(from rate: Double, everyEpochs n: Int, factor: Double = 0.1) -> Schedule {
    _ = step(from: rate, every: n, factor: factor)  // checks them
    return overEpochs { step(from: rate, every: lengthOf(n, $0), factor: factor) }
  }

  /// rate · factorᵗ. PyTorch's `ExponentialLR`.
  public static func exponential(from rate: Double, factor: Double) -> Schedule {
    requireOption("Schedule: the rate", rate, .notNegative)
    requireOption("Schedule: the factor", factor, .notNegative)
    return Schedule { rate * pow(factor, Double($0)) }
  }

  /// minimum + (rate − minimum)(1 + cos(πt / n)) / 2: down along half a cosine in n steps, and, as in
  /// PyTorch's `CosineAnnealingLR`, up again in the next n.
  ///
  /// Loshchilov and Hutter, "SGDR: Stochastic Gradient Descent with Warm Restarts", 2017.
  public static func cosine(from rate: Double, to minimum: Double = 0, steps n: Int) -> Schedule {
    require(n >= 1, "Schedule.cosine: a length of \(n) is not possible; give 1 or more")
    requireOption("Schedule.cosine: the rate", rate, .notNegative)
    requireOption("Schedule.cosine: the minimum", minimum, .notNegative)
    return Schedule { minimum + (rate - minimum) * (1 + cos(.pi * Double($0) / Double(n))) / 2 }
  }

  /// The same over n epochs.
  public static func cosine(from rate: Double, to minimum: Double = 0, epochs n: Int) -> Schedule {
    _ = cosine(from: rate, to: minimum, steps: n)  // checks them
    return overEpochs { cosine(from: rate, to: minimum, steps: lengthOf(n, $0)) }
  }

  /// For t < n this schedule's first rate times start + (1 − start) · t / n; then this schedule from its
  /// beginning. PyTorch's `LinearLR` before it in a `SequentialLR`.
  public func warmedUp(over n: Int, from start: Double = 1.0 / 3) -> Schedule {
    require(n >= 0 && start >= 0 && start.isFinite, "warmedUp: over \(n) steps from \(start) is not possible")
    return Schedule(inEpochs: { step, stepsPerEpoch in
      step < n
        ? rate(0, stepsPerEpoch) * (start + (1 - start) * Double(step) / Double(n)) : rate(step - n, stepsPerEpoch)
    })
  }

  /// This schedule for n steps, then another one from its beginning. PyTorch's `SequentialLR`.
  public func then(_ next: Schedule, after n: Int) -> Schedule {
    require(n >= 0, "Schedule.then: another schedule cannot begin after \(n) steps")
    return Schedule(inEpochs: { step, stepsPerEpoch in
      step < n ? rate(step, stepsPerEpoch) : next.rate(step - n, stepsPerEpoch)
    })
  }

  /// n epochs in steps, Int.max where they are more.
  static func lengthOf(_ epochs: Int, _ stepsPerEpoch: Int) -> Int {
    let (steps, isMore) = epochs.multipliedReportingOverflow(by: stepsPerEpoch)
    return isMore ? .max : steps
  }
}
