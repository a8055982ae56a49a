import StrataTensor

/// The keys and values of the steps that a ``MultiHeadAttention`` has seen.
///
/// A value: a copy goes on by itself. Steps are added in place while nobody else holds the cache, in memory that doubles
/// when it is full.
public struct KeyValueCache: Sendable {
  /// How many steps of each sequence it holds.
  public private(set) var count = 0

  /// The keys, then the values of every step, [B, capacity, W].
  private(set) var rows = Tensor(zeros: [0, 0, 0])

  /// A cache of no steps.
  public init() {}

  /// Adds the steps of rows [B, T, …] whose keys and values stand from a column on.
  mutating func append(_ steps: Tensor, from column: Int) {
    let (batch, time, width) = (steps.shape[0], steps.shape[1], steps.shape[2] - column)
    require(
      count == 0 || rows.shape[0] == batch,
      "KeyValueCache: it holds \(rows.shape[0]) sequences, and \(batch) are to go on; give it the same number")
    if count + time > rows.shape[1] {
      var larger = Tensor(zeros: [batch, max(64, 2 * rows.shape[1], count + time), width], dtype: steps.dtype)
      if count > 0 { larger[0..<batch, 0..<count] = rows[0..<batch, 0..<count] }
      rows = larger
    }
    rows[0..<batch, count..<count + time] = steps[0..<batch, 0..<time, column..<column + width]
    count += time
  }
}
