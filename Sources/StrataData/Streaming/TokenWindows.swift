import StrataTensor

/// Windows of T tokens from a file of any size, each with the tokens that follow: inputs `[B, T]` and, shifted by one,
/// targets `[B, T]`, both `int32`.
///
/// ```swift
/// let text = try StoredArray(raw: "train.bin", .uint16)
/// try trainer.fit(TokenWindows(text, length: 256, randomBatches: 1000), epochs: 5, batchSize: 32)
/// ```
///
/// An evaluation goes over the windows that lie side by side, in order; so does an epoch, in an order by ``Shuffling``,
/// unless it is of random batches.
public struct TokenWindows: BatchSource, Sendable {
  /// The tokens `[N]`.
  public let tokens: StoredArray

  /// The number of tokens in a window: T.
  public let length: Int

  /// The number of windows side by side: (N − 1) / T, rounded down.
  public var count: Int { (tokens.count - 1) / length }

  private let shuffling: Shuffling
  private let randomBatches: Int?

  /// Windows of tokens.
  ///
  /// - Parameters:
  ///   - tokens: The tokens, whole numbers `[N]`.
  ///   - length: The number of tokens in a window.
  ///   - shuffling: The order of an epoch.
  ///   - randomBatches: The number of batches in an epoch whose windows begin anywhere, each place being equally likely, by
  ///     the seed and the epoch; nil for windows side by side.
  /// - Throws: ``DataError`` if there are too few tokens for a window, or what is in the file are not tokens.
  public init(
    _ tokens: StoredArray, length: Int, shuffling: Shuffling = .full, randomBatches: Int? = nil
  ) throws(DataError) {
    require(length >= 1, "TokenWindows: windows of \(length) tokens are not possible; give 1 or more")
    require(
      randomBatches ?? 1 >= 1, "TokenWindows: \(randomBatches ?? 0) random batches make no epoch; give 1 or more")
    func requireFound(_ isFound: Bool, _ found: String, _ expected: String) throws(DataError) {
      if !isFound { throw DataError(tokens.path, .malformed(found: found, expected: expected)) }
    }
    try requireFound(tokens.shape.rank == 1, "shape \(tokens.shape)", "one axis of tokens")
    try requireFound(tokens.dtype == .int32, "elements of type \(tokens.type)", "tokens, which are read as int32")
    try requireFound(
      tokens.count > length, "\(tokens.count) tokens", "\(length + 1) or more, for a window and the token after it")
    (self.tokens, self.length, self.shuffling, self.randomBatches) = (tokens, length, shuffling, randomBatches)
  }

  /// Returns the windows in batches, each read when it is asked for; the indices of a batch are the places of first tokens.
  public func batches(for request: BatchRequest) -> BatchStream<Tensor, Tensor> {
    guard let randomBatches, let epoch = request.epoch else {
      return BatchStream(rows: count, shuffling, for: request) { windows in
        try batch(from: windows.map { $0 * length })
      }
    }
    var done = 0
    return BatchStream(
      count: randomBatches, rowCounts: [request.batchSize], inputs: nil, labels: nil, omit: { done += $0 },
      next: {
        guard done < randomBatches else { return nil }
        defer { done += 1 }
        // A stream apart from those of other uses, from another place on for each batch.
        var generator = RandomGenerator(
          seed: request.seed, stream: 0x70CE << 48 | UInt64(epoch), position: UInt64(done) << 32)
        let places = UInt64(tokens.count - length)
        return try batch(from: (0..<request.batchSize).map { _ in Int(generator.next(below: places)) })
      })
  }

  private func batch(from places: [Int]) throws -> Dataset.Batch {
    let windows = try StoredArray.reading(places, length + 1, from: tokens)
    return Dataset.Batch(
      inputs: windows.sliced(0..<length, along: 1), labels: windows.sliced(1..<length + 1, along: 1), indices: places)
  }
}
