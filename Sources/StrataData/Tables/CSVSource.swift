import StrataTensor

/// Batches of a CSV file that is larger than memory: rows are read in blocks, and made into tensors by a preprocessor.
///
/// ```swift
/// let sample = try CSVReader("big.csv").next(rows: 100_000)!
/// let preprocessor = try Preprocessor(fitting: sample, target: "price")
/// let source = CSVSource("big.csv", preprocessor: preprocessor)
/// try trainer.fit(source, epochs: 3)
/// ```
///
/// In an epoch of training the rows of a block come in random order, a function of seed, epoch and place, and blocks in the
/// order of the file: a file that is sorted by its target should be shuffled first.
public struct CSVSource: BatchSource, Sendable {
  /// The path of the file.
  public let path: String

  /// How it is written.
  public let format: CSV

  /// What makes tensors of its rows.
  public let preprocessor: Preprocessor

  /// How many rows are in memory at a time, at least.
  public let blockRows: Int

  /// A file that is opened for each pass.
  ///
  /// - Parameters:
  ///   - path: The path of the file.
  ///   - format: How it is written.
  ///   - preprocessor: What makes tensors of its rows, and has a target.
  ///   - blockRows: How many rows are in memory at a time, at least; the next multiple of the size of a batch is.
  public init(_ path: String, as format: CSV = CSV(), preprocessor: Preprocessor, blockRows: Int = 16_384) {
    require(blockRows >= 1, "CSVSource: blocks of \(blockRows) rows are not possible; give 1 or more")
    (self.path, self.format, self.preprocessor, self.blockRows) = (path, format, preprocessor, blockRows)
  }

  /// Returns the batches of one pass over the file.
  ///
  /// - Throws: ``DataError`` if the file cannot be opened. The stream throws it where a row is damaged, and ``TableError``
  ///   where one does not suit the preprocessor.
  public func batches(for request: BatchRequest) throws -> BatchStream<Tensor, Tensor> {
    let reader = try CSVReader(path, as: format)
    let size = request.batchSize
    let rows = (blockRows + size - 1) / size * size
    var (start, blockStart) = (0, 0)
    var block: Dataset.Batches.SubSequence?
    return BatchStream {
      while true {
        if let batch = block?.popFirst() {
          let indices = batch.indices.map { $0 + blockStart }
          return Dataset.Batch(inputs: batch.inputs, labels: batch.labels, indices: indices)
        }
        guard let table = try reader.next(rows: rows) else { return nil }
        (blockStart, start) = (start, start + table.rowCount)
        block = try preprocessor.dataset(of: table, firstRow: blockStart).batches(
          of: size, epoch: request.epoch ?? 0, seed: request.seed &+ UInt64(blockStart),
          shuffled: request.epoch != nil, keepingRemainder: request.keepsRemainder)[...]
      }
    }
  }
}
