import StrataTensor

/// The batches of one pass over a ``Dataset``, each gathered when it is asked for.
public struct Batches: RandomAccessCollection, Sendable {
  private let dataset: Dataset
  private let order: [Int]
  private let size: Int

  /// The position of the first batch: 0.
  public let startIndex = 0

  /// The number of batches.
  public let endIndex: Int

  init(_ dataset: Dataset, order: [Int], size: Int, keepingRemainder: Bool) {
    require(size >= 1, "Dataset.batches: a batch of \(size) examples is not possible")
    self.dataset = dataset
    self.order = order
    self.size = size
    let (whole, remainder) = order.count.quotientAndRemainder(dividingBy: size)
    endIndex = whole + (keepingRemainder && remainder > 0 ? 1 : 0)
  }

  /// A batch, gathered anew at each call.
  public subscript(position: Int) -> Batch {
    require(indices ~= position, "Batches: there is no batch \(position) among \(count)")
    let start = position * size
    let rows = Array(order[start..<Swift.min(order.count - start, size) + start])
    return Batch(
      inputs: dataset.inputs.gathered(rows: rows), labels: dataset.labels.gathered(rows: rows), indices: rows)
  }
}
