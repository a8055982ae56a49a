import Foundation
import StrataTensor

extension Schedule {
  /// One cycle: half a cosine up from maximum / divisor to the maximum in the first part of n steps, then one down to
  /// maximum / (divisor · finalDivisor) in the rest, where it stays.
  ///
  /// PyTorch's `OneCycleLR`, except that it leaves the momentum alone. Smith and Topin, "Super-Convergence: Very Fast
  /// Training of Neural Networks Using Large Learning Rates", 2018.
  ///
  /// - Parameters:
  ///   - maximum: The highest rate.
  ///   - n: The steps of the whole run.
  ///   - rise: What part of them the rate rises in.
  ///   - divisor: What the maximum is divided by at the start.
  ///   - finalDivisor: What the rate of the start is divided by at the end.
  ///   - isLinear: Whether both parts are straight lines.
  public static func oneCycle(
    to maximum: Double, steps n: Int, rise: Double = 0.3, divisor: Double = 25, finalDivisor: Double = 1e4,
    isLinear: Bool = false
  ) -> Schedule {
    require(
      n >= 1 && 0...1 ~= rise && divisor > 0 && finalDivisor > 0,
      "Schedule.oneCycle: \(n) steps must be 1 or more, the rise \(rise) lie in 0...1, and the divisors \(divisor) and "
        + "\(finalDivisor) be positive")
    let (start, end) = (maximum / divisor, maximum / divisor / finalDivisor)
    let (peak, last) = (rise * Double(n) - 1, Double(n - 1))
    @Sendable func between(_ a: Double, _ b: Double, _ part: Double) -> Double {
      isLinear ? a + (b - a) * part : b + (a - b) / 2 * (1 + cos(.pi * part))
    }
    return Schedule { step in
      let t = Double(step)
      if t <= peak { return peak > 0 ? between(start, maximum, t / peak) : maximum }
      return t < last ? between(maximum, end, (t - peak) / (last - peak)) : end
    }
  }

  /// The same over n epochs.
  public static func oneCycle(
    to maximum: Double, epochs n: Int, rise: Double = 0.3, divisor: Double = 25, finalDivisor: Double = 1e4,
    isLinear: Bool = false
  ) -> Schedule {
    overEpochs {
      oneCycle(
        to: maximum, steps: lengthOf(n, $0), rise: rise, divisor: divisor, finalDivisor: finalDivisor,
        isLinear: isLinear)
    }
  }

  /// ``cosine(from:to:steps:)`` down in n steps, then again from the top, each time over `growth` as many steps as before.
  ///
  /// PyTorch's `CosineAnnealingWarmRestarts`. Loshchilov and Hutter, "SGDR: Stochastic Gradient Descent with Warm
  /// Restarts", 2017.
  public static func cosineRestarts(
    from rate: Double, to minimum: Double = 0, steps n: Int, growth: Int = 1
  ) -> Schedule {
    require(n >= 1 && growth >= 1, "Schedule.cosineRestarts: \(n) steps and a growth of \(growth) must be 1 or more")
    return Schedule { step in
      var (t, length) = (step, n)
      if growth == 1 {
        t %= n
      } else {
        while t >= length {
          t -= length
          let (longer, isMore) = length.multipliedReportingOverflow(by: growth)
          length = isMore ? .max : longer
        }
      }
      return minimum + (rate - minimum) * (1 + cos(.pi * Double(t) / Double(length))) / 2
    }
  }
}
