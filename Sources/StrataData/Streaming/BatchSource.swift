import StrataTensor

/// Something that gives batches, pass by pass: ``Examples`` in memory, a reader of files, a generator.
///
/// ```swift
/// struct Waves: BatchSource {                                   // 100 batches an epoch, none of them seen before
///   func batches(for request: BatchRequest) -> BatchStream<Tensor, Tensor> {
///     BatchStream((0..<100).lazy.map { _ in
///       let x = Tensor(normal: [request.batchSize, 1])
///       return Dataset.Batch(inputs: x, labels: sin(x))
///     })
///   }
/// }
/// ```
///
/// A source that reads gives ``BatchStream/init(count:next:)`` a function, which may throw.
public protocol BatchSource<Inputs, Labels> {
  /// What the model takes.
  associatedtype Inputs: TensorGroup

  /// What it should give, row by row.
  associatedtype Labels: TensorGroup

  /// Returns the batches of one pass. The source may take the request's size and order for a wish; a pass may be given
  /// up before its end.
  func batches(for request: BatchRequest) throws -> BatchStream<Inputs, Labels>
}

extension Examples: BatchSource {
  /// Returns the examples in batches: shuffled for an epoch, as they are stored for an evaluation.
  public func batches(for request: BatchRequest) -> BatchStream<Inputs, Labels> {
    let batches = batches(
      of: request.batchSize, epoch: request.epoch ?? 0, seed: request.seed, shuffled: request.epoch != nil,
      keepingRemainder: request.keepsRemainder)
    return BatchStream(batches, rowCounts: batches.rowCounts, of: self)
  }
}
