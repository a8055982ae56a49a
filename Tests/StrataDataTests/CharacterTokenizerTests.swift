import StrataData
import Testing

@Suite struct `Tokenizers of characters` {
  @Test func `number the scalars of a text in order, and U+FFFD stands for all others`() {
    let tokenizer = CharacterTokenizer("to be, or not\n")
    #expect(tokenizer.characters == ["\n", " ", ",", "b", "e", "n", "o", "r", "t", "\u{FFFD}"])
    #expect(tokenizer.vocabularySize == 10)
    #expect(tokenizer.encode("not to be.") == [5, 6, 8, 1, 8, 6, 1, 3, 4, 9])
    #expect(tokenizer.decode(tokenizer.encode("not to be.")) == "not to be\u{FFFD}")
    #expect(tokenizer.encode("").isEmpty && tokenizer.decode([]).isEmpty)
    #expect(CharacterTokenizer("").encode("ab") == [0, 0])
  }

  @Test func `keep scalars apart that look alike`() {
    let text = "e\u{301}\u{E9}\r\n👍🏽"
    let tokenizer = CharacterTokenizer(text)
    #expect(tokenizer.encode(text).count == 7)
    #expect(tokenizer.decode(tokenizer.encode(text)).unicodeScalars.elementsEqual(text.unicodeScalars))
  }

  @Test func `read what they have written`() throws {
    let text = "\"\\\n\0é\u{FFFD}😀 e\u{301}"
    try withDirectory { directory in
      try CharacterTokenizer(text).write(to: directory + "/tokenizer.json")
      #expect(
        try CharacterTokenizer(contentsOf: directory + "/tokenizer.json").characters
          == CharacterTokenizer(text).characters)
    }
  }
}
