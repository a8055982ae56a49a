import StrataTensor

/// A mapping between text and the numbers of tokens, from 0 to below the size of a vocabulary.
///
/// ```swift
/// let tokenizer = CharacterTokenizer(text)
/// let model = Sequential { Embedding(tokenizer.vocabularySize, 64); …; Linear(64, tokenizer.vocabularySize) }
/// let windows = TokenWindows(tokenizer.encode(text), length: 128)
/// ```
public protocol Tokenizer: Sendable {
  /// The number of tokens, among them special ones.
  var vocabularySize: Int { get }

  /// Returns the tokens of a text, whatever it contains.
  func encode(_ text: String) -> [Int32]

  /// Returns the text of some tokens, which must be in the vocabulary.
  func decode(_ tokens: [Int32]) -> String
}

extension Tokenizer {
  /// Stops the program for a token that is not in the vocabulary.
  func requireTokens(_ tokens: [Int32]) {
    guard let stray = tokens.first(where: { $0 < 0 || $0 >= vocabularySize }) else { return }
    stop(
      "\(Self.self).decode: there is no token \(stray), they go from 0 to \(vocabularySize - 1); "
        + "decode with the tokenizer that the model was trained with")
  }
}
