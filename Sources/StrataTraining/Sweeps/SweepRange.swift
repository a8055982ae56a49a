import Foundation
import StrataTensor

/// The values that a hyperparameter may have in a ``sweep(over:strategy:lookingFor:journal:atOnce:seed:progress:_:)``.
public struct SweepRange: Sendable {
  /// What identifies it in a journal.
  let name: String

  /// The value at a place from 0 to 1.
  private let value: @Sendable (Double) -> SweepValue

  /// How many values there are; nil where they fill an interval.
  private let count: Int?

  /// Some values, each as likely as the others.
  public static func choice(_ values: [SweepValue]) -> SweepRange {
    require(!values.isEmpty, "SweepRange.choice: there are no values to choose from; give one or more")
    return SweepRange(name: "one of \(values)", value: { values[place($0, among: values.count)] }, count: values.count)
  }

  /// The whole numbers from one to another, both included, up to 2⁵³ in either direction.
  public static func wholeNumbers(_ range: ClosedRange<Int>) -> SweepRange {
    require(
      range.lowerBound >= -(1 << 53) && range.upperBound <= 1 << 53,
      "SweepRange.wholeNumbers: \(range) must be from -2^53 to 2^53, whose numbers a Double holds exactly")
    return SweepRange(
      name: "whole \(range)",
      value: { .number(Double(range.lowerBound + place($0, among: range.count))) }, count: range.count)
  }

  /// The numbers from one to another.
  public static func uniform(_ range: ClosedRange<Double>) -> SweepRange {
    require(
      (range.upperBound - range.lowerBound).isFinite,
      "SweepRange.uniform: \(range) must have finite bounds, and a finite difference of them")
    return SweepRange(
      name: "uniform \(range)",
      value: { .number(min(range.upperBound, range.lowerBound + $0 * (range.upperBound - range.lowerBound))) },
      count: nil)
  }

  /// The numbers from one to another, whose logarithms are spread evenly: for learning rates and the like.
  public static func logUniform(_ range: ClosedRange<Double>) -> SweepRange {
    require(
      range.lowerBound > 0 && range.upperBound.isFinite,
      "SweepRange.logUniform: \(range) must have positive, finite bounds")
    return SweepRange(
      name: "log-uniform \(range)",
      value: { place in
        // The bounds themselves, without the rounding of exp and log.
        if place == 0 || place == 1 { return .number(place == 0 ? range.lowerBound : range.upperBound) }
        return .number(exp(log(range.lowerBound) + place * (log(range.upperBound) - log(range.lowerBound))))
      }, count: nil)
  }

  /// Returns a random value.
  func value(using generator: inout RandomGenerator) -> SweepValue { value(generator.nextUniform()) }

  /// Returns the values of a grid: all, or, of an interval, as many as `points`, its ends included.
  func grid(_ points: Int) -> [SweepValue] {
    if let count { return (0..<count).map { value((Double($0) + 0.5) / Double(count)) } }
    return points == 1 ? [value(0.5)] : (0..<points).map { value(Double($0) / Double(points - 1)) }
  }

  private static func place(_ part: Double, among count: Int) -> Int { min(count - 1, Int(part * Double(count))) }
}
