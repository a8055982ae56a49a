import Foundation
import StrataTensor

extension Schedule {
  /// rate · factorᵏ, k being how many of the milestones t has reached. PyTorch's `MultiStepLR`.
  public static func milestones(_ steps: [Int], from rate: Double, factor: Double = 0.1) -> Schedule {
    Schedule { step in rate * pow(factor, Double(steps.count { $0 <= step })) }
  }

  /// rate · (1 − t / n)^power until step n, then 0; of power 1 a straight line. PyTorch's `PolynomialLR`.
  public static func polynomial(from rate: Double, steps n: Int, power: Double = 1) -> Schedule {
    require(n >= 1 && power > 0, "Schedule.polynomial: \(n) steps must be 1 or more, and the power \(power) positive")
    return Schedule { rate * pow(1 - Double(min($0, n)) / Double(n), power) }
  }

  /// rate · √(n / (n + t)): the decay of the first transformers, after a warm-up over n steps from 0.
  ///
  /// ```swift
  /// Schedule.inverseSquareRoot(from: 1e-3, after: 4000).warmedUp(over: 4000, from: 0)
  /// ```
  ///
  /// Vaswani et al., "Attention Is All You Need", 2017.
  public static func inverseSquareRoot(from rate: Double, after n: Int) -> Schedule {
    require(n >= 1, "Schedule.inverseSquareRoot: \(n) steps are too few")
    return Schedule { rate * (Double(n) / (Double(n) + Double($0))).squareRoot() }
  }
}
