/// Learns the merges of a ``BytePairTokenizer`` from the words of texts and how often each occurs.
///
/// Merges, and the order of those that are equally frequent, are those of `BpeTrainer` of the Python package `tokenizers`.
/// That includes the case of two pairs whose results are one token, such as (a, bc) and (ab, c): what is then counted late
/// is merged late.
struct BytePairTrainer {
  /// The tokens: special ones, the bytes in the order of their characters, and the results of merges.
  private(set) var tokens = ByteStringTable()

  private let byteTokens: [Int32]
  private var words = ByteStringTable()
  private var wordCounts: [Int] = []

  /// The tokens of all words; a word has those from `starts` on, `lengths` of them.
  private var symbols: [Int32] = []
  private var starts: [Int] = []
  private var lengths: [Int] = []

  /// What is known of each pair that occurs, by number.
  private var numbers: [TokenPair: Int] = [:]
  private var pairs: [Occurrences] = []
  /// The pairs with words that are not in the queue yet.
  private var touched: [Int] = []
  private var queue = Heap<Candidate>()

  private struct Occurrences {
    let pair: TokenPair
    var count = 0
    /// The words in which the pair has appeared since it was queued, in order.
    var words: [Int32] = []
  }

  /// A pair as it was counted when it was queued: the most frequent first, and of several the smallest.
  private struct Candidate: Comparable {
    let number: Int
    let pair: TokenPair
    var count: Int
    let words: [Int32]

    static func < (a: Candidate, b: Candidate) -> Bool { a.count != b.count ? a.count > b.count : a.pair < b.pair }
    static func == (a: Candidate, b: Candidate) -> Bool { a.count == b.count && a.pair == b.pair }
  }

  init(specialTokens: [String]) {
    for token in specialTokens { tokens.insert(token.utf8) }
    var byteTokens = [Int32](repeating: 0, count: 256)
    for byte in ByteAlphabet.sorted {
      byteTokens[Int(byte)] = Int32(tokens.insert(ByteAlphabet.texts[Int(byte)]).number)
    }
    self.byteTokens = byteTokens
  }

  /// Counts the words of a text.
  mutating func add(_ text: UnsafeBufferPointer<UInt8>) {
    var scanner = WordScanner(text)
    while let word = scanner.next() {
      let (number, isNew) = words.insert(word)
      if isNew { wordCounts.append(0) }
      wordCounts[number] += 1
    }
  }

  /// Merges pairs while there are less than `count` tokens and one occurs often enough.
  mutating func merges(upTo count: Int, minimumFrequency: Int) -> [BytePairTokenizer.Merge] {
    countPairs()
    var merges: [BytePairTokenizer.Merge] = []
    while tokens.count < count, var candidate = queue.popFirst() {
      if candidate.count != pairs[candidate.number].count {
        candidate.count = pairs[candidate.number].count
        queue.insert(candidate)
        continue
      }
      guard candidate.count >= minimumFrequency else { break }
      let pair = candidate.pair
      let result = Int32(tokens.insert(tokens[Int(pair.left)] + tokens[Int(pair.right)]).number)
      let merge = BytePairTokenizer.Merge(left: pair.left, right: pair.right, result: result)
      merges.append(merge)
      for word in candidate.words { apply(merge, to: Int(word)) }
      queueTouched()
    }
    // A pair that was merged again has its last place.
    var seen: Set<TokenPair> = []
    return merges.reversed().filter { seen.insert(TokenPair(left: $0.left, right: $0.right)).inserted }.reversed()
  }

  private mutating func countPairs() {
    for word in 0..<words.count {
      let bytes = words[word]
      starts.append(symbols.count)
      lengths.append(bytes.count)
      symbols += bytes.map { byteTokens[Int($0)] }
      for position in starts[word]..<symbols.count - 1 {
        change(symbols[position], symbols[position + 1], by: 1, in: word)
      }
    }
    queueTouched()
  }

  /// Merges a pair wherever it occurs in a word, from left to right.
  ///
  /// The counts of the pairs with its neighbours change; its own, of which nothing is left, is not asked for again.
  private mutating func apply(_ merge: BytePairTokenizer.Merge, to word: Int) {
    let (start, end) = (starts[word], starts[word] + lengths[word])
    var (from, to) = (start, start)
    while from < end {
      if from + 1 < end, symbols[from] == merge.left, symbols[from + 1] == merge.right {
        if to > start {
          change(symbols[to - 1], merge.left, by: -1, in: word)
          change(symbols[to - 1], merge.result, by: 1, in: word)
        }
        if from + 2 < end {
          change(merge.right, symbols[from + 2], by: -1, in: word)
          change(merge.result, symbols[from + 2], by: 1, in: word)
        }
        symbols[to] = merge.result
        from += 2
      } else {
        symbols[to] = symbols[from]
        from += 1
      }
      to += 1
    }
    lengths[word] = to - start
  }

  /// Counts a pair of neighbours more or less often.
  private mutating func change(_ left: Int32, _ right: Int32, by sign: Int, in word: Int) {
    let pair = TokenPair(left: left, right: right)
    let number: Int
    if let known = numbers[pair] {
      number = known
    } else {
      number = pairs.count
      numbers[pair] = number
      pairs.append(Occurrences(pair: pair))
    }
    pairs[number].count += sign * wordCounts[word]
    if sign > 0, pairs[number].words.last != Int32(word) {
      if pairs[number].words.isEmpty { touched.append(number) }
      pairs[number].words.append(Int32(word))
    }
  }

  private mutating func queueTouched() {
    for number in touched {
      let words = pairs[number].words
      pairs[number].words = []
      guard pairs[number].count > 0 else { continue }
      queue.insert(Candidate(number: number, pair: pairs[number].pair, count: pairs[number].count, words: words))
    }
    touched = []
  }
}
