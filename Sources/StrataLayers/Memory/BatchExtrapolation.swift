import StrataTensor

extension Module {
  /// Returns numbers that grow by as much with each sample of a batch, for a batch of `count` rows, found with batches
  /// of two, three and four.
  ///
  /// Where these three show that they do not, or a module is an ``UnevenCache``, the batch itself is tried.
  ///
  /// - Parameters:
  ///   - count: The rows of the batch.
  ///   - batch: Makes a batch of a number of rows.
  ///   - measure: Measures a batch.
  package func extrapolated(
    to count: Int, _ batch: (_ rows: Int) -> Input, _ measure: (_ batch: Input) throws -> [Int]
  ) rethrows -> [Int] {
    guard count > 4, !hasUnevenCache else { return try measure(batch(count)) }
    let (two, three, four) = (try measure(batch(2)), try measure(batch(3)), try measure(batch(4)))
    guard zip(two, zip(three, four)).allSatisfy({ $1.1 - $1.0 == $1.0 - $0 }) else { return try measure(batch(count)) }
    return zip(two, three).map { $0 + (count - 2) * ($1 - $0) }
  }

  private var hasUnevenCache: Bool {
    var found = false
    ModelWalk.walk(self) { value, _ in found = found || value is any UnevenCache }
    return found
  }
}
