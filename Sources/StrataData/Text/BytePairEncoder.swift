/// Encodes words, each once: the tokens of those that occur again are kept.
struct BytePairEncoder {
  /// The tokens so far.
  var tokens: [Int32] = []

  private let merges: [BytePairTokenizer.Merge]
  private let ranks: [TokenPair: Int32]
  private let byteTokens: [Int32]

  /// The words that are kept, and where the tokens of each stand in `kept`.
  private var words = ByteStringTable()
  private var extents: [Range<Int>] = []
  private var kept: [Int32] = []
  private static let (maximumWordCount, maximumWordLength) = (1 << 17, 64)

  /// The tokens of a word. While it is merged, one for each byte: a merge leaves its result at its first byte, and −1 at
  /// the others. The positions of those beside it are `next` and `previous`.
  private var symbols: [Int32] = []
  private var next: [Int] = []
  private var previous: [Int] = []
  /// The ranks of merges that are possible, shifted by ``positionBits``, and their positions.
  private var queue = Heap<UInt64>()
  private static let positionBits: UInt64 = 40

  init(merges: [BytePairTokenizer.Merge], ranks: [TokenPair: Int32], byteTokens: [Int32]) {
    (self.merges, self.ranks, self.byteTokens) = (merges, ranks, byteTokens)
  }

  /// Appends the tokens of a text in which there are no added tokens.
  mutating func encode(_ text: UnsafeBufferPointer<UInt8>) {
    var scanner = WordScanner(text)
    while let word = scanner.next() {
      if word.count == 1 {
        tokens.append(byteTokens[Int(word[0])])
      } else if word.count > Self.maximumWordLength || words.count >= Self.maximumWordCount {
        if let number = words.find(word) {
          tokens += kept[extents[number]]
        } else {
          merge(word)
          tokens += symbols
        }
      } else {
        let (number, isNew) = words.insert(word)
        if isNew {
          merge(word)
          extents.append(kept.count..<kept.count + symbols.count)
          kept += symbols
        }
        tokens += kept[extents[number]]
      }
    }
  }

  /// Makes `symbols` the tokens of a word: merges the pair of the lowest rank, of several the first, while there is one.
  /// The queue makes that n·log(n).
  private mutating func merge(_ word: UnsafeBufferPointer<UInt8>) {
    symbols = word.map { byteTokens[Int($0)] }
    next = Array(1...word.count)
    previous = Array(-1..<word.count - 1)
    queue.removeAll()
    for position in 0..<word.count - 1 { push(position) }
    while let entry = queue.popFirst() {
      let (position, rank) = (Int(entry & ((1 << Self.positionBits) - 1)), entry >> Self.positionBits)
      // The pair at this position may have become another one.
      guard let current = self.rank(at: position), current == rank else { continue }
      let (left, right) = (previous[position], next[position])
      symbols[position] = merges[Int(rank)].result
      symbols[right] = -1
      next[position] = next[right]
      if next[right] < word.count {
        previous[next[right]] = position
        push(position)
      }
      if left >= 0 { push(left) }
    }
    symbols.removeAll { $0 < 0 }
  }

  private mutating func push(_ position: Int) {
    if let rank = rank(at: position) { queue.insert(rank << Self.positionBits | UInt64(position)) }
  }

  /// The rank of the pair that begins at a position.
  private func rank(at position: Int) -> UInt64? {
    guard symbols[position] >= 0, next[position] < symbols.count else { return nil }
    return ranks[TokenPair(left: symbols[position], right: symbols[next[position]])].map { UInt64($0) }
  }
}
