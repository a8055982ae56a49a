import StrataTensor

/// Inputs and their labels, row by row, each one or several tensors.
///
/// ```swift
/// let data = Examples(inputs: Pair(users, items), labels: ratings)
/// let (train, validation) = data.shuffled(seed: 1).split(at: 50_000)
/// for batch in train.batches(of: 64, epoch: 3) { … }
/// ```
///
/// ``Dataset`` is the case of one tensor each. Row n of every tensor belongs to example n.
public struct Examples<Inputs: TensorGroup, Labels: TensorGroup>: Sendable {
  /// One example a row: `[N, …]` each.
  public let inputs: Inputs

  /// What is to be learnt of each: class indices, `int32` `[N]`, or the targets of a regression, `[N, …]`.
  public let labels: Labels

  /// The number of examples.
  public let count: Int

  /// Examples and their labels, as many of one as of the other.
  public init(inputs: Inputs, labels: Labels) {
    count = matchedRows("Examples", inputs, labels)
    (self.inputs, self.labels) = (inputs, labels)
  }

  /// Some of the examples, in order.
  public subscript(range: Range<Int>) -> Examples { Examples(inputs: inputs.rows(range), labels: labels.rows(range)) }

  /// The first `index` examples, and the rest.
  public func split(at index: Int) -> (Examples, Examples) {
    require(0...count ~= index, "Examples.split: \(count) examples cannot be split at \(index); give 0 to \(count)")
    return (self[0..<index], self[index..<count])
  }

  /// The examples of these row numbers, in this order.
  public func gathered(rows: [Int]) -> Examples {
    Examples(inputs: inputs.gathered(rows: rows), labels: labels.gathered(rows: rows))
  }

  /// The examples in a random order that is a function of the seed: to be split after it.
  public func shuffled(seed: UInt64 = Runtime.seed) -> Examples {
    gathered(rows: permutation(of: count, epoch: 0, seed: seed))
  }

  /// The examples in batches, in another random order in each epoch.
  ///
  /// The order is a function of seed, epoch and count, the same on all machines. A run that resumes in the
  /// middle of an epoch goes on with `batches(…).dropFirst(done)`, which gathers nothing of what it skips.
  ///
  /// - Parameters:
  ///   - size: The examples in a batch.
  ///   - epoch: Which pass over the data this is, from 0.
  ///   - seed: What the orders of all epochs follow from.
  ///   - shuffled: Whether to shuffle; else examples come as they are stored.
  ///   - keepingRemainder: Whether to end with a smaller batch of what is left; else that is dropped.
  public func batches(
    of size: Int, epoch: Int, seed: UInt64 = Runtime.seed, shuffled: Bool = true, keepingRemainder: Bool = true
  ) -> Batches {
    require(epoch >= 0, "Examples.batches: epochs count from 0, and this is \(epoch)")
    let order = shuffled ? permutation(of: count, epoch: epoch, seed: seed) : Array(0..<count)
    return Batches(self, order: order, size: size, keepingRemainder: keepingRemainder)
  }

  /// The examples in batches in the order in which they are stored, for evaluation.
  ///
  /// The last batch is smaller where `size` does not divide the count.
  public func batches(of size: Int) -> Batches { batches(of: size, epoch: 0, shuffled: false) }
}

/// The number of rows that inputs and labels have in common; stops the program where they have not.
func matchedRows(_ owner: String, _ inputs: some TensorGroup, _ labels: some TensorGroup) -> Int {
  guard let count = inputs.rowCount, count == labels.rowCount else {
    stop(
      "\(owner): inputs of shape \(inputs.shapes.listed) and labels of shape \(labels.shapes.listed) must have first "
        + "axes of one length")
  }
  return count
}
