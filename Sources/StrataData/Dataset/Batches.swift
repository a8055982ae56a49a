import StrataTensor

extension Examples {
  /// The batches of one pass over ``Examples``, each gathered when it is asked for.
  public struct Batches: RandomAccessCollection, Sendable {
    private let examples: Examples
    private let order: [Int]
    private let size: Int

    /// The position of the first batch: 0.
    public let startIndex = 0

    /// The number of batches.
    public let endIndex: Int

    init(_ examples: Examples, order: [Int], size: Int, keepingRemainder: Bool) {
      require(size >= 1, "Examples.batches: a batch of \(size) examples is not possible; give 1 or more")
      self.examples = examples
      self.order = order
      self.size = size
      let (whole, remainder) = order.count.quotientAndRemainder(dividingBy: size)
      endIndex = whole + (keepingRemainder && remainder > 0 ? 1 : 0)
    }

    /// A batch, gathered again at each call.
    public subscript(position: Int) -> Batch {
      let rows = Array(order[rows(of: position)])
      return Batch(
        inputs: examples.inputs.gathered(rows: rows), labels: examples.labels.gathered(rows: rows), indices: rows)
    }

    /// How many rows the first batch and the last have: all that occur.
    var rowCounts: [Int] { isEmpty ? [] : [rows(of: 0).count, rows(of: endIndex - 1).count] }

    /// Where the rows of a batch stand in the order.
    private func rows(of position: Int) -> Range<Int> {
      require(indices ~= position, "Batches: there is no batch \(position) among \(count)")
      let start = position * size
      return start..<start + Swift.min(order.count - start, size)
    }
  }
}
