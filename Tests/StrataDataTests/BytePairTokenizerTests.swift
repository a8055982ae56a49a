import Foundation
import StrataData
import Testing

/// Texts, tokens and merges that the Python package `tokenizers` has made: see make_tokenizer.py.
enum TokenizerReferences {
  struct Cases: Decodable {
    struct Text: Decodable {
      let name, text, decoded, whole: String
      let words: [String]
      let tokens, prefixed: [Int32]
    }
    struct Random: Decodable {
      let tokens: [Int32]
      let decoded: String
    }
    let texts: [Text]
    let random: [Random]
  }

  struct Merges: Decodable {
    let text: String
    let size, minimum: Int
    let merges: [[String]]
  }

  static func path(_ name: String) -> String {
    URL(filePath: #filePath).deletingLastPathComponent().appending(path: "../References/tokenizer/" + name)
      .standardizedFileURL.path
  }

  static func decoded<T: Decodable>(_ type: T.Type, _ name: String) throws -> T {
    try JSONDecoder().decode(type, from: Data(contentsOf: URL(filePath: path(name))))
  }
}

@Suite struct `Byte-pair tokenizers` {
  let cases: TokenizerReferences.Cases
  let trained: BytePairTokenizer

  init() throws {
    cases = try TokenizerReferences.decoded(TokenizerReferences.Cases.self, "cases.json")
    trained = try BytePairTokenizer(contentsOf: TokenizerReferences.path("trained.json"))
  }

  @Test func `split texts into words as GPT-2's regular expression does`() {
    for text in cases.texts { #expect(words(of: text.text) == text.words, "\(text.name)") }
  }

  /// The first and the last character of each range of a kind.
  @Test func `take each character for a letter, a number, white space or another as the package does`() throws {
    let ranges = try TokenizerReferences.decoded([[UInt32]].self, "kinds.json")
    #expect(ranges.count > 1000)
    for (range, next) in zip(ranges, ranges.dropFirst() + [[0x110000, 0]]) {
      for code in [range[0], next[0] == 0xE000 ? 0xD7FF : next[0] - 1] {
        let character = Unicode.Scalar(code)!
        let kind = ["a", "1", "!"].firstIndex { words(of: "\($0)\(character)").count == 1 } ?? 3
        #expect(kind == range[1], "U+\(String(code, radix: 16))")
      }
    }
  }

  @Test func `give the package's tokens, with and without a space before the text`() throws {
    var text = try String(contentsOfFile: TokenizerReferences.path("trained.json"), encoding: .utf8)
    text.replace("\"add_prefix_space\": false", with: "\"add_prefix_space\": true")
    let prefixed = try withFile(Array(text.utf8)) { try BytePairTokenizer(contentsOf: $0) }
    #expect(prefixed.addsPrefixSpace && !trained.addsPrefixSpace)
    for text in cases.texts {
      #expect(trained.encode(text.text) == text.tokens, "\(text.name)")
      #expect(prefixed.encode(text.text) == text.prefixed, "\(text.name)")
    }
  }

  @Test func `decode as the package does, without special tokens or with them, and what is no UTF-8`() {
    for text in cases.texts {
      #expect(trained.decode(text.tokens) == text.decoded, "\(text.name)")
      #expect(trained.decode(text.tokens, keepingSpecialTokens: true) == text.whole, "\(text.name)")
      #expect(Array(text.whole.utf8) == Array(text.text.utf8), "\(text.name)")
    }
    for sequence in cases.random {
      #expect(Array(trained.decode(sequence.tokens).utf8) == Array(sequence.decoded.utf8))
    }
  }

  @Test func `train to the package's merges where pairs are equally frequent, overlap, or make one token in two ways`()
    throws
  {
    for (name, case_) in try TokenizerReferences.decoded([String: TokenizerReferences.Merges].self, "merges.json") {
      let tokenizer = BytePairTokenizer(
        training: [case_.text], vocabularySize: case_.size, minimumFrequency: case_.minimum)
      #expect(try mergesWritten(by: tokenizer) == case_.merges, "\(name)")
    }
  }

  @Test func `train and write the package's file, byte for byte`() throws {
    let corpus = try TextFile.read(TokenizerReferences.path("corpus.txt"))
    let tokenizer = BytePairTokenizer(training: [corpus], vocabularySize: 420, specialTokens: ["<|endoftext|>"])
    var expected = try String(contentsOfFile: TokenizerReferences.path("trained.json"), encoding: .utf8)
    // The token that was added after the training.
    let extra = try #require(expected.range(of: ",\n    {\n      \"id\": 420,"))
    expected.removeSubrange(extra.lowerBound..<expected.range(of: "\n  ],\n  \"normalizer\"")!.lowerBound)
    try withDirectory { directory in
      try tokenizer.write(to: directory + "/tokenizer.json")
      #expect(try String(contentsOfFile: directory + "/tokenizer.json", encoding: .utf8) == expected)
    }
    #expect(tokenizer.vocabularySize == 420 && tokenizer.token("<|endoftext|>") == 0 && tokenizer.token("the") == nil)
  }

  @Test func `read what they have written, and older files with merges in one string`() throws {
    try withDirectory { directory in
      let path = directory + "/tokenizer.json"
      try trained.write(to: path)
      for tokenizer in [try BytePairTokenizer(contentsOf: path), try BytePairTokenizer(contentsOf: older(path))] {
        #expect(tokenizer.vocabularySize == 421 && tokenizer.token("<mark> two") == 420)
        for text in cases.texts { #expect(tokenizer.encode(text.text) == text.tokens, "\(text.name)") }
      }
    }
  }

  @Test func `of no text have the bytes alone, and encode every text all the same`() {
    let tokenizer = BytePairTokenizer(training: [], vocabularySize: 1000)
    #expect(tokenizer.vocabularySize == 256)
    for text in cases.texts {
      let tokens = tokenizer.encode(text.text)
      #expect(tokens.count == text.text.utf8.count)
      #expect(Array(tokenizer.decode(tokens).utf8) == Array(text.text.utf8))
    }
  }

  @Test func `count words of all texts, which do not go on from one to the next`() {
    let tokenizer = BytePairTokenizer(training: ["ab", "ab", "bc"], vocabularySize: 257, addsPrefixSpace: true)
    #expect(tokenizer.encode("ab").count == 2)  // " a" or "ab" and the rest, whichever is smaller
    #expect(BytePairTokenizer(training: ["x", "y"], vocabularySize: 300).vocabularySize == 256)
  }

  /// One word as long as this would take hours where each merge looked at all of it.
  @Test func `encode a word of ten thousand letters`() {
    let tokenizer = BytePairTokenizer(training: ["aaaaaaaaaaaaaaaa"], vocabularySize: 259)
    let word = String(repeating: "a", count: 10_000)
    #expect(tokenizer.encode(word) == Array(repeating: 258, count: 1250))
  }

  private func words(of text: String) -> [String] {
    var (text, words) = (text, [String]())
    text.withUTF8 { bytes in
      var scanner = WordScanner(bytes)
      while let word = scanner.next() { words.append(String(decoding: word, as: UTF8.self)) }
    }
    return words
  }

  private func mergesWritten(by tokenizer: BytePairTokenizer) throws -> [[String]] {
    struct File: Decodable {
      struct Model: Decodable { let merges: [[String]] }
      let model: Model
    }
    return try withDirectory { directory in
      try tokenizer.write(to: directory + "/tokenizer.json")
      return try JSONDecoder().decode(File.self, from: Data(contents(of: directory + "/tokenizer.json"))).model.merges
    }
  }

  /// Writes a file as versions of the package before 0.20 did, and without what they lacked.
  private func older(_ path: String) throws -> String {
    var text = try String(contentsOfFile: path, encoding: .utf8)
    text.replace(/\[\s+("[^\n]*)",\s+"([^\n]*")\s+\]/) { "\($0.1) \($0.2)" }
    for line in [",\n    \"use_regex\": true", "\n    \"ignore_merges\": false,", "\n    \"byte_fallback\": false,"] {
      #expect(text.contains(line))
      text.replace(line, with: "")
    }
    try text.write(toFile: path + "-older", atomically: true, encoding: .utf8)
    return path + "-older"
  }
}
