import Foundation
import StrataTensor

/// How a ``sweep(over:strategy:lookingFor:journal:atOnce:seed:progress:_:)`` chooses its trials.
public struct SweepStrategy: Sendable {
  enum Kind: Sendable {
    case grid(points: Int)
    case random(trials: Int)
  }

  let kind: Kind

  /// The budget of the trials of each round; of one round, 1.
  let budgets: [Int]

  /// Of how many trials one is in the next round.
  let factor: Int

  /// What identifies it in a journal.
  let name: String

  /// Every combination of values; of an interval as many as `points`, evenly spread, its ends included.
  public static func grid(points: Int = 5) -> SweepStrategy {
    require(points >= 1, "SweepStrategy.grid: \(points) points of an interval are not possible; give 1 or more")
    return SweepStrategy(kind: .grid(points: points), budgets: [1], factor: 1, name: "grid of \(points)")
  }

  /// Trials with random values, which depend on the seed and the number of the trial.
  ///
  /// Bergstra and Bengio, "Random Search for Hyper-Parameter Optimization", 2012.
  public static func random(trials: Int) -> SweepStrategy {
    require(trials >= 1, "SweepStrategy.random: \(trials) trials are not possible; give 1 or more")
    return SweepStrategy(kind: .random(trials: trials), budgets: [1], factor: 1, name: "random, \(trials)")
  }

  /// Random trials with a small budget, of which the best one in η go into a round with η times the budget, and so on.
  ///
  /// A round of n trials is followed by one of ⌊n / η⌋, at least 1, and its budget b by min(η b, the largest); the last
  /// round is that of the largest budget. A trial starts from the beginning in each round, with the same seed. Its budget,
  /// such as a number of epochs, is ``SweepTrial/budget``. Jamieson and Talwalkar, "Non-stochastic Best Arm Identification
  /// and Hyperparameter Optimization", 2016.
  ///
  /// - Parameters:
  ///   - trials: How many trials the first round has.
  ///   - factor: η.
  ///   - budget: The budgets of the first and of the last round.
  public static func successiveHalving(trials: Int, factor: Int = 3, budget: ClosedRange<Int>) -> SweepStrategy {
    require(
      trials >= 1 && factor >= 2 && budget.lowerBound >= 1,
      "SweepStrategy.successiveHalving: \(trials) trials, a factor of \(factor) and budgets from \(budget.lowerBound) on are "
        + "not possible; give 1 trial or more, a factor of 2 or more and positive budgets")
    var budgets = [budget.lowerBound]
    while let last = budgets.last, last < budget.upperBound {
      let (next, overflow) = last.multipliedReportingOverflow(by: factor)
      budgets.append(overflow ? budget.upperBound : min(next, budget.upperBound))
    }
    return SweepStrategy(
      kind: .random(trials: trials), budgets: budgets, factor: factor,
      name: "halving, \(trials) by \(factor) over \(budget)")
  }

  /// Returns the values of each trial, by its number.
  func values(over space: [String: SweepRange], seed: UInt64) -> [[String: SweepValue]] {
    let ranges = space.sorted { $0.key < $1.key }
    switch kind {
    case .grid(let points):
      return ranges.reduce([[:]]) { trials, range in
        trials.flatMap { trial in range.value.grid(points).map { trial.merging([range.key: $0]) { $1 } } }
      }
    case .random(let trials):
      return (0..<trials).map { trial in
        // One stream a trial, so that it does not depend on those before it.
        var generator = RandomGenerator(seed: seed, stream: UInt64(trial))
        return Dictionary(uniqueKeysWithValues: ranges.map { ($0.key, $0.value.value(using: &generator)) })
      }
    }
  }

  /// Runs the rounds of a number of trials, of which each after the first has the best of the one before it.
  func result(
    of count: Int, lookingFor goal: SweepGoal, _ round: (_ trials: [Int], _ budget: Int) throws -> [SweepResult.Outcome]
  ) rethrows -> SweepResult {
    var outcomes: [Int: SweepResult.Outcome] = [:]
    var trials = Array(0..<count)
    for budget in budgets {
      if !outcomes.isEmpty {
        let ranked = goal.ranked(trials.map { outcomes[$0]! })
        trials = Array(ranked.map(\.trial).prefix(max(1, trials.count / factor)))
      }
      for outcome in try round(trials, budget) { outcomes[outcome.trial] = outcome }
    }
    return SweepResult(outcomes: goal.ranked(Array(outcomes.values)))
  }
}
