import Foundation
import StrataTensor

/// A learning rate for every step: a pure function of how many steps have been made.
///
/// ```swift
/// let schedule = Schedule.cosine(from: 1e-3, steps: 10_000).warmedUp(over: 500)
/// optimizer.learningRate = schedule.rate(at: optimizer.stepsDone)       // before each step
/// ```
///
/// ``Trainer`` does the second line itself. To go by epochs, give lengths in steps: epochs times batches an
/// epoch. A schedule of your own is a closure: `Schedule { 0.1 / Double($0 + 1) }`. ``ReduceOnPlateau`` goes
/// by the loss.
public struct Schedule: Sendable {
  private let rate: @Sendable (_ step: Int) -> Double

  /// A schedule of one's own: the rate after so many steps.
  public init(_ rate: @escaping @Sendable (_ step: Int) -> Double) { self.rate = rate }

  /// The learning rate of the step that comes after `step` others.
  public func rate(at step: Int) -> Double { rate(step) }

  /// The same rate at all steps, for a warm-up to come before.
  public static func constant(_ rate: Double) -> Schedule { Schedule { _ in rate } }

  /// rate · factor^⌊t / n⌋: a drop after every n steps. PyTorch's `StepLR`.
  public static func step(from rate: Double, every n: Int, factor: Double = 0.1) -> Schedule {
    require(n >= 1, "Schedule.step: a drop every \(n) steps is not possible")
    return Schedule { rate * pow(factor, Double($0 / n)) }
  }

  /// rate · factorᵗ. PyTorch's `ExponentialLR`.
  public static func exponential(from rate: Double, factor: Double) -> Schedule {
    Schedule { rate * pow(factor, Double($0)) }
  }

  /// minimum + (rate − minimum)(1 + cos(πt / n)) / 2: down along half a cosine in n steps, and, as in
  /// PyTorch's `CosineAnnealingLR`, up again in the next n.
  ///
  /// Loshchilov and Hutter, "SGDR: Stochastic Gradient Descent with Warm Restarts", 2017.
  public static func cosine(from rate: Double, to minimum: Double = 0, steps n: Int) -> Schedule {
    require(n >= 1, "Schedule.cosine: \(n) steps are too few")
    return Schedule { minimum + (rate - minimum) * (1 + cos(.pi * Double($0) / Double(n))) / 2 }
  }

  /// For t < n this schedule's first rate times start + (1 − start) · t / n; then this schedule from its
  /// beginning. PyTorch's `LinearLR` before it in a `SequentialLR`.
  public func warmedUp(over n: Int, from start: Double = 1.0 / 3) -> Schedule {
    require(n >= 0 && start >= 0, "warmedUp: over \(n) steps from \(start) is not possible")
    return Schedule { step in
      step < n
        ? rate(at: 0) * (start + (1 - start) * Double(step) / Double(n)) : rate(at: step - n)
    }
  }
}
