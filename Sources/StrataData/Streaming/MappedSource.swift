import StrataTensor

/// A source of another's batches, each changed by a function: see ``BatchSource/mapped(_:)``.
public struct MappedSource<Source: BatchSource & Sendable, Inputs: TensorGroup, Labels: TensorGroup>: BatchSource,
  Sendable
{
  /// Makes a batch of one of the source's, for a pass.
  public typealias Change =
    @Sendable (Examples<Source.Inputs, Source.Labels>.Batch, BatchRequest) throws -> Examples<Inputs, Labels>.Batch

  private let source: Source
  private let labels: @Sendable (Source.Labels) -> Labels?
  private let change: Change

  /// - Parameter labels: What all labels are, where they are known before batches are made.
  init(_ source: Source, labels: @escaping @Sendable (Source.Labels) -> Labels?, _ change: @escaping Change) {
    (self.source, self.labels, self.change) = (source, labels, change)
  }

  /// Returns the changed batches of one pass of the source.
  public func batches(for request: BatchRequest) throws -> BatchStream<Inputs, Labels> {
    var (stream, unwanted) = (try source.batches(for: request), 0)
    return BatchStream(
      count: stream.count, rowCounts: stream.rowCounts, inputs: nil, labels: stream.labels.flatMap(labels),
      omit: { unwanted += $0 },
      next: {
        try stream.skip(unwanted)
        unwanted = 0
        return try stream.next().map { try change($0, request) }
      })
  }
}

extension BatchSource where Self: Sendable {
  /// Returns a source of the same batches, each changed by a function, in training and in evaluations.
  ///
  /// ```swift
  /// let noisy = images.mapped { batch, request in
  ///   Dataset.Batch(inputs: noise(on: batch.inputs), labels: batch.inputs, indices: batch.indices)
  /// }
  /// ```
  ///
  /// A batch keeps its number of rows. Batches that a resumed run leaves out are not changed.
  ///
  /// - Parameter change: Makes a batch of one of the source's; the request says for which epoch, or for an evaluation.
  public func mapped<NewInputs, NewLabels>(
    _ change: @escaping MappedSource<Self, NewInputs, NewLabels>.Change
  ) -> MappedSource<Self, NewInputs, NewLabels> { MappedSource(self, labels: { _ in nil }, change) }
}
