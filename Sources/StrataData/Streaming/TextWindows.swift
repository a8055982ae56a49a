import StrataTensor

/// Windows of T tokens of a text, and the tokens that follow each, for models that predict the next token.
///
/// ```swift
/// let (train, validation) = TextWindows(tokenizer.encode(text), length: 128).split(at: 0.9)
/// try trainer.fit(train, validation: validation, epochs: 10, batchSize: 32)
/// ```
///
/// The inputs of a batch are `int32` [B, T], rows x[s], x[s+1], …, x[s+T−1] for positions s, and the labels [B, T] are the
/// same rows one token later. In training the positions are random, each as likely as any other, and a function of seed,
/// epoch and batch. In an evaluation they are 0, T, 2T, …: the windows do not overlap, and at most T tokens at the end are
/// left out.
public struct TextWindows: BatchSource, Sendable {
  /// The number of tokens in a window, T.
  public let length: Int

  /// The number of batches in an epoch of training; nil for as many as it takes to see as many tokens as there are.
  public let batchesPerEpoch: Int?

  private let tokens: ArraySlice<Int32>

  /// The windows of some tokens, at least one of them.
  public init(_ tokens: [Int32], length: Int, batchesPerEpoch: Int? = nil) {
    self.init(tokens[...], length, batchesPerEpoch)
  }

  private init(_ tokens: ArraySlice<Int32>, _ length: Int, _ batchesPerEpoch: Int?) {
    require(
      length >= 1 && tokens.count > length && batchesPerEpoch ?? 1 >= 1,
      "TextWindows: \(tokens.count) tokens have no windows of length \(length) and their next tokens for "
        + "\(batchesPerEpoch ?? 1) batches an epoch; each number must be 1 or more, and the length below that of tokens"
    )
    (self.tokens, self.length, self.batchesPerEpoch) = (tokens, length, batchesPerEpoch)
  }

  /// The number of tokens.
  public var tokenCount: Int { tokens.count }

  /// Returns the windows of the first part of the tokens and those of the rest, which share none.
  ///
  /// - Parameter fraction: The part of the tokens that comes first, rounded down to a whole one.
  public func split(at fraction: Double) -> (TextWindows, TextWindows) {
    requireOption("TextWindows.split: the fraction", fraction, .fraction)
    let middle = tokens.startIndex + Int(fraction * Double(tokens.count))
    return (
      TextWindows(tokens[..<middle], length, batchesPerEpoch), TextWindows(tokens[middle...], length, batchesPerEpoch)
    )
  }

  /// Returns random windows for an epoch, and those that follow one another for an evaluation.
  ///
  /// The indices of a batch are the positions of its windows. In an epoch all batches are whole.
  public func batches(for request: BatchRequest) -> BatchStream<Tensor, Tensor> {
    guard let epoch = request.epoch else {
      let starts = Array(stride(from: 0, through: tokens.count - length - 1, by: length))
      let count = request.keepsRemainder ? starts.count : starts.count - starts.count % request.batchSize
      let batches = stride(from: 0, to: count, by: request.batchSize).map {
        Array(starts[$0..<min($0 + request.batchSize, count)])
      }
      return stream(of: batches.lazy.map { batch(at: $0) }, [batches.first, batches.last].compactMap { $0?.count })
    }
    let count = batchesPerEpoch ?? max(1, tokens.count / (length * request.batchSize))
    let batches = (0..<count).lazy.map { index in
      var generator = RandomGenerator(
        seed: request.seed, stream: Self.stream | UInt64(epoch), position: UInt64(index) << 32)
      return batch(at: (0..<request.batchSize).map { _ in Int(generator.next(below: UInt64(tokens.count - length))) })
    }
    return stream(of: batches, [request.batchSize])
  }

  /// The random streams of positions, apart from those that initializers count up from 0 and that shuffle examples.
  private static let stream: UInt64 = 0x70CE << 48

  private func stream(
    of batches: some RandomAccessCollection<Dataset.Batch>, _ rowCounts: [Int]
  ) -> BatchStream<Tensor, Tensor> {
    BatchStream(batches, rowCounts: rowCounts, of: nil)
  }

  private func batch(at starts: [Int]) -> Dataset.Batch {
    func rows(_ shift: Int) -> Tensor {
      let rows = starts.flatMap { start in
        let first = tokens.startIndex + start + shift
        return tokens[first..<first + length]
      }
      return Tensor(rows, shape: [starts.count, length])
    }
    return Dataset.Batch(inputs: rows(0), labels: rows(1), indices: starts)
  }
}
