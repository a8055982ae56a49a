import StrataTensor

extension Examples {
  /// Some examples that one step or one call of the model takes together.
  ///
  /// ```swift
  /// try trainer.step(on: Dataset.Batch(inputs: x, labels: y))
  /// ```
  public struct Batch: Sendable {
    /// One example a row.
    public let inputs: Inputs

    /// The label of each.
    public let labels: Labels

    /// Where each stands in the data that it comes from; by default the rows' own numbers.
    public let indices: [Int]

    /// The number of examples.
    public var count: Int { indices.count }

    /// A batch of examples, as many inputs as labels and, where they are given, indices.
    public init(inputs: Inputs, labels: Labels, indices: [Int]? = nil) {
      let count = matchedRows("Batch", inputs, labels)
      let indices = indices ?? Array(0..<count)
      require(indices.count == count, "Batch: \(indices.count) indices for \(count) examples; give one for each")
      (self.inputs, self.labels, self.indices) = (inputs, labels, indices)
    }
  }
}
