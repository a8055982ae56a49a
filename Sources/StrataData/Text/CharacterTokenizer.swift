import StrataTensor

/// A tokenizer whose tokens are characters: the Unicode scalars of a text, in the order of their values.
///
/// ```swift
/// let tokenizer = CharacterTokenizer("abba")
/// tokenizer.encode("abc")                    // [0, 1, 2]
/// tokenizer.decode([0, 1, 2])                // "ab\u{FFFD}"
/// ```
///
/// The vocabulary always contains U+FFFD, the replacement character, for all that it lacks otherwise.
public struct CharacterTokenizer: Tokenizer {
  /// What stands for characters that the vocabulary lacks.
  static let replacement: Unicode.Scalar = "\u{FFFD}"

  /// The characters by token.
  public let characters: [Unicode.Scalar]

  private let tokens: [Unicode.Scalar: Int32]

  /// The tokenizer of the characters of a text.
  public init(_ text: String) {
    self.init(characters: Set(text.unicodeScalars).union([Self.replacement]).sorted())
  }

  init(characters: [Unicode.Scalar]) {
    self.characters = characters
    tokens = Dictionary(uniqueKeysWithValues: zip(characters, 0...))
  }

  public var vocabularySize: Int { characters.count }

  /// Returns the token of each Unicode scalar of a text, that of U+FFFD for those that the vocabulary lacks.
  public func encode(_ text: String) -> [Int32] {
    let unknown = tokens[Self.replacement]!
    return text.unicodeScalars.map { tokens[$0] ?? unknown }
  }

  public func decode(_ tokens: [Int32]) -> String {
    requireTokens(tokens)
    return String(String.UnicodeScalarView(tokens.map { characters[Int($0)] }))
  }
}

// MARK: - Files

extension CharacterTokenizer {
  /// Reads a tokenizer from a file that ``write(to:)`` has written.
  ///
  /// - Throws: ``DataError`` if the file is damaged, or describes another kind of tokenizer.
  public init(contentsOf path: String) throws(DataError) {
    let file = try TokenizerFile(path, .characters)
    var characters: [Unicode.Scalar] = []
    for (index, entry) in try file.entriesByToken().enumerated() {
      let scalars = file.text(entry).unicodeScalars
      guard scalars.count == 1 else {
        throw file.error(entry, found: "token \(index) of \(scalars.count) characters", expected: "tokens of one")
      }
      characters.append(scalars.first!)
    }
    guard characters.contains(Self.replacement) else {
      throw file.error(
        file.vocabulary.last, found: "no token \"\(Self.replacement)\"", expected: "one for what is unknown")
    }
    self.init(characters: characters)
  }

  /// Writes the tokenizer to a file `tokenizer.json`, which the Python package `tokenizers` can read too.
  ///
  /// - Throws: ``DataError`` if the file cannot be written; an existing file is then unchanged.
  public func write(to path: String) throws(DataError) {
    let model: JSONValue = [
      "type": "WordLevel",
      "vocab": .object(zip(characters, 0...).map { JSONValue.Member(key: String($0), value: .number($1)) }),
      "unk_token": .string(String(Self.replacement)),
    ]
    try TokenizerFile.write(
      to: path, added: [],
      preTokenizer: [
        "type": "Split", "pattern": ["Regex": .string(TokenizerFile.anyCharacter)], "behavior": "Isolated",
        "invert": false,
      ], decoder: ["type": "Fuse"], model: model)
  }
}
