/// A mean in float64 of values that come one after another, so that it does not depend on batches.
struct MeanValue {
  private(set) var sum = 0.0
  private(set) var count = 0

  /// The mean; NaN of no value.
  var value: Double { sum / Double(count) }

  mutating func add(_ value: Double) {
    sum += value
    count += 1
  }
}
