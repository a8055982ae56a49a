import StrataTensor

/// Inputs and their labels, row by row.
///
/// ```swift
/// let (train, validation) = Dataset(inputs: x, labels: y).split(at: 50_000)
/// for batch in train.batches(of: 64, epoch: 3) { … }
/// ```
public struct Dataset: Sendable {
  /// One example a row: `[N, …]`.
  public let inputs: Tensor

  /// What is to be learnt of each: class indices, `int32` `[N]`, or the targets of a regression, `[N, …]`.
  public let labels: Tensor

  /// A data set of examples and their labels, as many of one as of the other.
  public init(inputs: Tensor, labels: Tensor) {
    require(
      inputs.rank > 0 && labels.rank > 0 && inputs.shape[0] == labels.shape[0],
      "Dataset: inputs of shape \(inputs.shape) and labels of shape \(labels.shape) must have first axes of "
        + "one length")
    self.inputs = inputs
    self.labels = labels
  }

  /// The number of examples.
  public var count: Int { inputs.shape[0] }

  /// Some of the examples, in order.
  public subscript(range: Range<Int>) -> Dataset {
    Dataset(inputs: inputs[range], labels: labels[range])
  }

  /// The first `index` examples, and the rest.
  public func split(at index: Int) -> (Dataset, Dataset) {
    require(0...count ~= index, "Dataset.split: \(index) is not in 0...\(count)")
    return (self[0..<index], self[index..<count])
  }

  /// The examples in batches, shuffled anew in each epoch.
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
    of size: Int, epoch: Int, seed: UInt64 = Runtime.seed, shuffled: Bool = true,
    keepingRemainder: Bool = true
  ) -> Batches {
    require(epoch >= 0, "Dataset.batches: epochs count from 0, and this is \(epoch)")
    let order = shuffled ? permutation(of: count, epoch: epoch, seed: seed) : Array(0..<count)
    return Batches(self, order: order, size: size, keepingRemainder: keepingRemainder)
  }

  /// The examples in batches in the order in which they are stored, for evaluation.
  ///
  /// The last batch is smaller where `size` does not divide the count.
  public func batches(of size: Int) -> Batches {
    Batches(self, order: Array(0..<count), size: size, keepingRemainder: true)
  }
}
