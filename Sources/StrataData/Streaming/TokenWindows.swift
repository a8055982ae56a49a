import StrataTensor

/// Windows of T tokens, each with the tokens that follow: inputs `[B, T]` and, shifted by one, targets `[B, T]`, both
/// `int32`, for models that predict the next token.
///
/// ```swift
/// let (train, validation) = TokenWindows(tokenizer.encode(text), length: 128).split(at: 0.9)
/// let stored = try TokenWindows(StoredArray(raw: "train.bin", .uint16), length: 256, randomBatches: 1000)
/// ```
///
/// The tokens are in memory, or in a file of any size. An evaluation goes over the windows that lie side by side, in order;
/// so does an epoch, in an order by ``Shuffling``, unless it is of random batches.
public struct TokenWindows: BatchSource, Sendable {
  private enum Tokens: Sendable {
    case memory([Int32])
    case file(StoredArray)
  }

  private let tokens: Tokens

  /// Which of the tokens the windows are made of.
  private let extent: Range<Int>

  /// The number of tokens in a window: T.
  public let length: Int

  private let shuffling: Shuffling
  private let randomBatches: Int?

  /// Windows of tokens in memory, more of them than a window has.
  ///
  /// - Parameters:
  ///   - tokens: The tokens.
  ///   - length: The number of tokens in a window.
  ///   - shuffling: The order of an epoch.
  ///   - randomBatches: The number of batches in an epoch whose windows begin anywhere, each place being equally likely, by
  ///     the seed and the epoch; nil for windows side by side.
  public init(_ tokens: [Int32], length: Int, shuffling: Shuffling = .full, randomBatches: Int? = nil) {
    self.init(.memory(tokens), 0..<tokens.count, length, shuffling, randomBatches)
  }

  /// Windows of the tokens of a file.
  ///
  /// - Parameters:
  ///   - tokens: The tokens, whole numbers `[N]`.
  ///   - length: The number of tokens in a window.
  ///   - shuffling: The order of an epoch.
  ///   - randomBatches: As for tokens in memory.
  /// - Throws: ``DataError`` if there are too few tokens for a window, or what is in the file are not tokens.
  public init(
    _ tokens: StoredArray, length: Int, shuffling: Shuffling = .full, randomBatches: Int? = nil
  ) throws(DataError) {
    func requireFound(_ isFound: Bool, _ found: String, _ expected: String) throws(DataError) {
      if !isFound { throw DataError(tokens.path, .malformed(found: found, expected: expected)) }
    }
    try requireFound(tokens.shape.rank == 1, "shape \(tokens.shape)", "one axis of tokens")
    try requireFound(tokens.dtype == .int32, "elements of type \(tokens.type)", "tokens, which are read as int32")
    try requireFound(
      tokens.count > length, "\(tokens.count) tokens", "\(length + 1) or more, for a window and the token after it")
    self.init(.file(tokens), 0..<tokens.count, length, shuffling, randomBatches)
  }

  private init(_ tokens: Tokens, _ extent: Range<Int>, _ length: Int, _ shuffling: Shuffling, _ randomBatches: Int?) {
    require(length >= 1, "TokenWindows: windows of \(length) tokens are not possible; give 1 or more")
    require(
      extent.count > length,
      "TokenWindows: \(extent.count) tokens have no window of \(length) and the token after it; give more tokens, or "
        + "shorter windows")
    require(
      randomBatches ?? 1 >= 1, "TokenWindows: \(randomBatches ?? 0) random batches make no epoch; give 1 or more")
    (self.tokens, self.extent, self.length) = (tokens, extent, length)
    (self.shuffling, self.randomBatches) = (shuffling, randomBatches)
  }

  /// The number of tokens: N.
  public var tokenCount: Int { extent.count }

  /// The number of windows side by side: (N − 1) / T, rounded down.
  public var count: Int { (tokenCount - 1) / length }

  /// Returns the windows of the first part of the tokens and those of the rest, which share none.
  ///
  /// - Parameter fraction: The part of the tokens that comes first, rounded down to a whole one.
  public func split(at fraction: Double) -> (TokenWindows, TokenWindows) {
    requireOption("TokenWindows.split: the fraction", fraction, .fraction)
    let middle = extent.lowerBound + Int(fraction * Double(tokenCount))
    func part(_ extent: Range<Int>) -> TokenWindows { TokenWindows(tokens, extent, length, shuffling, randomBatches) }
    return (part(extent.lowerBound..<middle), part(middle..<extent.upperBound))
  }

  /// Returns the windows in batches, each made when it is asked for; the indices of a batch are the places of first tokens.
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
        let places = UInt64(tokenCount - length)
        return try batch(from: (0..<request.batchSize).map { _ in Int(generator.next(below: places)) })
      })
  }

  private func batch(from places: [Int]) throws -> Dataset.Batch {
    let starts = places.map { extent.lowerBound + $0 }
    let windows =
      switch tokens {
      case .memory(let tokens):
        Tensor(starts.flatMap { tokens[$0...$0 + length] }, shape: [starts.count, length + 1])
      case .file(let array): try StoredArray.reading(starts, length + 1, from: array)
      }
    return Dataset.Batch(
      inputs: windows.sliced(0..<length, along: 1), labels: windows.sliced(1..<length + 1, along: 1), indices: places)
  }
}
