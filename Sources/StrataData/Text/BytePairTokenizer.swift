import StrataTensor

/// A tokenizer whose tokens are sequences of bytes that occur often: byte-level byte-pair encoding, as GPT-2 has it.
///
/// ```swift
/// let tokenizer = BytePairTokenizer(training: [text], vocabularySize: 4096, specialTokens: ["<|endoftext|>"])
/// try tokenizer.write(to: "tokenizer.json")
/// let tokens = tokenizer.encode("In the beginning")
/// tokenizer.decode(tokens)                                // "In the beginning"
/// ```
///
/// Training starts from a token for each of the 256 bytes, so that every text can be encoded, splits the texts into words
/// with the space before them, and then merges, again and again, the pair of neighbours that occurs most often within
/// words; of several, that with the smaller tokens. Encoding does the same merges, in the same order, word by word.
/// Tokens, merges and files equal those of the Python package `tokenizers`.
///
/// Sennrich, Haddow and Birch, "Neural Machine Translation of Rare Words with Subword Units", 2016; for bytes, Radford et
/// al., "Language Models are Unsupervised Multitask Learners" (GPT-2), 2019.
public struct BytePairTokenizer: Tokenizer {
  /// Two neighbours that become one token.
  struct Merge: Equatable, Sendable {
    let left: Int32
    let right: Int32
    let result: Int32
  }

  /// A token that is found in a text as it stands, before the text is split into words.
  struct AddedToken: Equatable, Sendable {
    let content: String
    let token: Int32
    /// Whether ``decode(_:)`` leaves it out.
    var isSpecial = true
    /// Whether it is sought after those that are not.
    var isNormalized = false
  }

  /// Whether a text that does not begin with a space is encoded as if it did.
  public let addsPrefixSpace: Bool

  /// The tokens as files write them, with a character for each byte.
  let texts: ByteStringTable
  let merges: [Merge]
  let added: [AddedToken]

  /// The bytes of each token.
  private let contents: [[UInt8]]
  /// The tokens of the 256 bytes.
  private let byteTokens: [Int32]
  /// The place in `merges` of each pair.
  private let ranks: [TokenPair: Int32]
  private let plain: AddedTokenFinder
  private let normalized: AddedTokenFinder
  private let special: Set<Int32>

  /// The tokenizer of these merges, in which no pair occurs twice; each byte has a token.
  init(texts: ByteStringTable, merges: [Merge], added: [AddedToken], addsPrefixSpace: Bool) {
    (self.texts, self.merges, self.added, self.addsPrefixSpace) = (texts, merges, added, addsPrefixSpace)
    contents = (0..<texts.count).map { ByteAlphabet.content(of: String(decoding: texts[$0], as: UTF8.self)) }
    byteTokens = ByteAlphabet.texts.map { Int32(texts.find($0)!) }
    ranks = Dictionary(
      uniqueKeysWithValues: zip(merges, 0...).map { (TokenPair(left: $0.left, right: $0.right), $1) })
    plain = AddedTokenFinder(added.filter { !$0.isNormalized })
    normalized = AddedTokenFinder(added.filter(\.isNormalized))
    special = Set(added.filter(\.isSpecial).map(\.token))
  }

  /// Trains a tokenizer.
  ///
  /// - Parameters:
  ///   - texts: What to learn from. Each is one text, however long: words do not go on from one to the next.
  ///   - vocabularySize: The number of tokens: the special ones, 256 bytes, and merges, of which there are less where the
  ///     texts have no more pairs.
  ///   - minimumFrequency: How often a pair must occur to be merged.
  ///   - specialTokens: Tokens that are no part of the texts, such as a mark between documents; the first of the
  ///     vocabulary. ``decode(_:)`` leaves them out.
  ///   - addsPrefixSpace: Whether a text that does not begin with a space is encoded as if it did, so that its first word
  ///     has the tokens that it has elsewhere.
  public init(
    training texts: some Sequence<String>, vocabularySize: Int, minimumFrequency: Int = 1,
    specialTokens: [String] = [], addsPrefixSpace: Bool = false
  ) {
    require(
      Set(specialTokens.map { Array($0.utf8) }).count == specialTokens.count
        && specialTokens.allSatisfy { $0.unicodeScalars.count > 1 },
      "BytePairTokenizer: the special tokens \(specialTokens) must differ and have two characters or more each")
    let range = specialTokens.count + 256...JSONScanner.maximumMemberCount - 1
    require(
      range ~= vocabularySize,
      "BytePairTokenizer: a vocabulary of \(vocabularySize) is not possible; with \(specialTokens.count) special tokens and "
        + "256 bytes it has \(range.lowerBound) to \(range.upperBound)")
    require(
      minimumFrequency >= 1,
      "BytePairTokenizer: a minimum frequency of \(minimumFrequency) is not possible; give 1 or more")
    var trainer = BytePairTrainer(specialTokens: specialTokens)
    for text in texts {
      Self.withUTF8(of: text, addsPrefixSpace) { trainer.add($0) }
    }
    let merges = trainer.merges(upTo: vocabularySize, minimumFrequency: minimumFrequency)
    self.init(
      texts: trainer.tokens, merges: merges, added: zip(specialTokens, 0...).map { AddedToken(content: $0, token: $1) },
      addsPrefixSpace: addsPrefixSpace)
  }

  public var vocabularySize: Int { texts.count }

  /// Returns the special token, or another added one, of this content; nil if there is none.
  public func token(_ content: String) -> Int32? {
    added.first { $0.content.utf8.elementsEqual(content.utf8) }?.token
  }

  /// Returns the tokens of a text. What looks like a special token becomes that token.
  public func encode(_ text: String) -> [Int32] {
    var encoder = BytePairEncoder(merges: merges, ranks: ranks, byteTokens: byteTokens)
    var text = text
    text.withUTF8 { bytes in
      plain.split(bytes, { encoder.tokens.append($0) }) { rest in
        normalized.split(rest, { encoder.tokens.append($0) }) { piece in
          if addsPrefixSpace, piece.first != UInt8(ascii: " ") {
            ([UInt8(ascii: " ")] + piece).withUnsafeBufferPointer { encoder.encode($0) }
          } else {
            encoder.encode(piece)
          }
        }
      }
    }
    return encoder.tokens
  }

  /// Returns the text of some tokens, without the special ones.
  ///
  /// Bytes that are no UTF-8, such as a part of a character, become U+FFFD.
  public func decode(_ tokens: [Int32]) -> String { decode(tokens, keepingSpecialTokens: false) }

  /// Returns the text of some tokens, with the special ones or without them.
  public func decode(_ tokens: [Int32], keepingSpecialTokens: Bool) -> String {
    requireTokens(tokens)
    var bytes: [UInt8] = []
    for token in tokens where keepingSpecialTokens || !special.contains(token) { bytes += contents[Int(token)] }
    return String(decoding: bytes, as: UTF8.self)
  }

  private static func withUTF8(
    of text: String, _ addsPrefixSpace: Bool, _ body: (UnsafeBufferPointer<UInt8>) -> Void
  ) {
    var text = addsPrefixSpace && !text.isEmpty && text.utf8.first != UInt8(ascii: " ") ? " " + text : text
    text.withUTF8(body)
  }
}
