import Foundation
import StrataTensor

/// An axis of a chart: the numbers that it spans, in equal steps or in equal factors, and those that it names.
struct Axis {
  let range: ClosedRange<Double>
  let isLogarithmic: Bool
  let ticks: [Double]

  /// Numbers beyond this are drawn as those that are not finite: their differences would overflow.
  static let limit = 1e300

  /// An axis that holds these numbers and begins and ends at a tick, unless it is logarithmic.
  init(holding numbers: ClosedRange<Double>, isLogarithmic: Bool) {
    self.isLogarithmic = isLogarithmic
    let (low, high) = (numbers.lowerBound, numbers.upperBound)
    if isLogarithmic {
      // A little room, and a span of at least a factor of two.
      let room = max(1.08, (2 * low / high).squareRoot())
      range = low / room...high * room
      ticks = Self.powers(in: range)
      return
    }
    let span = high - low
    let padding = span > 0 ? 0 : max(abs(high) * 0.1, 1e-12)
    let step = Self.niceStep(max(span, 2 * padding) / 4, of: [1, 2, 2.5, 5])
    let (first, last) = (((low - padding) / step).rounded(.down), ((high + padding) / step).rounded(.up))
    range = first * step...last * step
    ticks = (0...Int(last - first)).map { (first + Double($0)) * step }
  }

  /// An axis of epochs or steps, which begins and ends with them.
  init(counting numbers: ClosedRange<Double>) {
    isLogarithmic = false
    let (low, high) = (numbers.lowerBound, numbers.upperBound)
    range = high > low ? numbers : low - 0.5...high + 0.5
    let step = max(1, Self.niceStep((high - low) / 4, of: [1, 2, 5]))
    let inner = stride(from: (low / step).rounded(.up) * step, through: high, by: step).filter { $0 > 0 }
    ticks = inner.isEmpty ? [high] : Array(inner)
  }

  /// The place of a number, from 0 to 1.
  func place(of number: Double) -> Double {
    isLogarithmic
      ? (log(number) - log(range.lowerBound)) / (log(range.upperBound) - log(range.lowerBound))
      : (number - range.lowerBound) / (range.upperBound - range.lowerBound)
  }

  /// One of some factors times a power of ten, not below a number.
  private static func niceStep(_ number: Double, of factors: [Double]) -> Double {
    guard number > 0 else { return 1 }
    let power = pow(10, floor(log10(number)))
    return power * (factors.first { $0 * power >= number * 0.999_999 } ?? 10)
  }

  /// Powers of ten in a range; with their multiples where there are few, and some of them where there are many.
  private static func powers(in range: ClosedRange<Double>) -> [Double] {
    let (first, last) = (Int(floor(log10(range.lowerBound))), Int(ceil(log10(range.upperBound))))
    for factors: [Double] in [[1], [1, 3], [1, 2, 5], [1, 1.5, 2, 3, 4, 5, 7]] {
      let stepSize = max(1, (last - first) / 5)
      let ticks = stride(from: first, through: last, by: stepSize).flatMap { exponent in
        factors.map { $0 * pow(10, Double(exponent)) }
      }.filter(range.contains)
      if ticks.count >= 3 || factors.count > 3 { return ticks }
    }
    return []
  }
}
