import Strata

extension Schedule {
  /// rate / √(1 + t / n).
  public static func inverseRoot(from rate: Double, over n: Double) -> Schedule {
    Schedule { step in rate / (1 + Double(step) / n).squareRoot() }
  }
}
