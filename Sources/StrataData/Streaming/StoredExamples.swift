import StrataTensor

/// Inputs and labels in files, of which a batch at a time is in memory.
///
/// ```swift
/// let train = StoredExamples(
///   inputs: try StoredArray(npy: "images.npy", as: .float32), labels: try StoredArray(npy: "labels.npy"))
/// try trainer.fit(train.prefetched(), epochs: 3)
/// ```
///
/// Row n of both files belongs to example n. With ``Shuffling/full`` batches are those of ``Examples`` in memory.
public struct StoredExamples: BatchSource, Sendable {
  /// One example a row.
  public let inputs: StoredArray

  /// What is to be learnt of each.
  public let labels: StoredArray

  private let shuffling: Shuffling

  /// Examples and their labels, as many of one as of the other.
  ///
  /// - Parameters:
  ///   - inputs: One example a row.
  ///   - labels: What is to be learnt of each.
  ///   - shuffling: The order of an epoch.
  /// - Throws: ``DataError`` if there are not as many labels as inputs.
  public init(inputs: StoredArray, labels: StoredArray, shuffling: Shuffling = .full) throws(DataError) {
    guard inputs.count == labels.count else {
      throw DataError(
        labels.path,
        .malformed(found: "\(labels.count) labels", expected: "\(inputs.count), one for each row of \(inputs.path)"))
    }
    (self.inputs, self.labels, self.shuffling) = (inputs, labels, shuffling)
  }

  /// The number of examples.
  public var count: Int { inputs.count }

  /// Returns the examples in batches, each read when it is asked for.
  public func batches(for request: BatchRequest) -> BatchStream<Tensor, Tensor> {
    BatchStream(rows: count, shuffling, for: request) { rows in
      Dataset.Batch(
        inputs: try inputs.gathered(rows: rows), labels: try labels.gathered(rows: rows), indices: rows)
    }
  }
}
