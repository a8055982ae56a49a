import Foundation
import StrataData
import StrataTensor
import Testing

@Suite struct `Files of tokenizers` {
  /// The file of a tokenizer with a special token and the merges of "abc".
  static let good = written {
    try BytePairTokenizer(training: ["abc abc"], vocabularySize: 259, specialTokens: ["<|x|>"]).write(to: $0)
  }

  static let characters = written { try CharacterTokenizer("ab").write(to: $0) }

  private static func written(_ write: (String) throws -> Void) -> String {
    let text = try? withDirectory { directory in
      try write(directory + "/tokenizer.json")
      return try String(contentsOfFile: directory + "/tokenizer.json", encoding: .utf8)
    }
    return text ?? "not written"
  }

  @Test func `are read where nothing is damaged`() throws {
    let tokenizer = try withFile(Array(Self.good.utf8)) { try BytePairTokenizer(contentsOf: $0) }
    #expect(tokenizer.encode("abc<|x|>ab") == [258, 0, 257])
    #expect(try withFile(gzip(Array(Self.good.utf8))) { try BytePairTokenizer(contentsOf: $0) }.vocabularySize == 259)
    #expect(try withFile(Array(Self.characters.utf8)) { try CharacterTokenizer(contentsOf: $0) }.encode("b") == [1])
  }

  @Test(arguments: damages) func `with damage, or with what is not supported, are refused`(_ damage: Damage) throws {
    try damage.expect { path throws(DataError) in try BytePairTokenizer(contentsOf: path) }
  }

  @Test(arguments: characterDamages) func `of characters with damage are refused`(_ damage: Damage) throws {
    try damage.expect { path throws(DataError) in try CharacterTokenizer(contentsOf: path) }
  }

  @Test func `name the field that is not supported`() throws {
    let text = Self.good.replacing(#""normalizer": null"#, with: #""normalizer": {"type": "NFC"}"#)
    try withFile(Array(text.utf8), named: "tokenizer.json") { path in
      let error = #expect(throws: DataError.self) { try BytePairTokenizer(contentsOf: path) }
      #expect(
        error?.description == #"\#(path): the field "normalizer" is not supported unless it is null (at byte 280)"#)
    }
    #expect(
      DataError.Reason.unsupportedField("model.x", supported: nil).description
        == #"the field "model.x" is not supported"#)
  }

  /// Every cut, and every bit of what is not text, gives an error or a tokenizer; it never stops the program.
  @Test func `never stop the program, wherever they are cut`() throws {
    let bytes = Array(Self.good.utf8)
    for count in stride(from: 0, to: bytes.count, by: 97) {
      #expect(throws: DataError.self) { try withFile(Array(bytes[..<count])) { try BytePairTokenizer(contentsOf: $0) } }
    }
  }

  /// A file in which `old` is replaced; the error is `shift` bytes from where `mark` begins in the result.
  private static func damage(
    _ what: String, in text: String = good, _ old: String, _ new: String, _ reason: DataError.Reason, at mark: String,
    _ shift: Int = 0
  ) -> Damage {
    let result = text.replacing(old, with: new, maxReplacements: 1)
    let place = result.range(of: mark).map { result.utf8.distance(from: result.startIndex, to: $0.lowerBound) }
    return Damage(
      text.contains(old) && place != nil ? what : "BROKEN TEST", Array(result.utf8), reason, at: (place ?? -1) + shift)
  }

  private static func malformed(_ found: String, _ expected: String) -> DataError.Reason {
    .malformed(found: found, expected: expected)
  }

  static let damages: [Damage] = [
    Damage("empty", [], malformed("the end of the file", "'{'"), at: 0),
    Damage("a list", Array("[]".utf8), malformed("'['", "'{'"), at: 0),
    Damage("cut", Array(good.utf8.dropLast(5)), malformed("the end of the file", "'}'"), at: good.utf8.count - 5),
    Damage(
      "more at the end", Array((good + "\nx").utf8), malformed("'x'", "spaces up to its end"), at: good.utf8.count + 1),
    Damage("nothing in it", Array("{}".utf8), malformed(#"no field "pre_tokenizer.add_prefix_space""#, "one"), at: 2),
    Damage("not UTF-8", [0x7B, 0x22, 0xFF], malformed("byte 255", "UTF-8"), at: 2),
    damage(
      "no decoder", #""decoder": {"#, #""post_processor": {"#, .duplicateKey("post_processor"),
      at: #"post_processor": {"#),
    damage(
      "a field that is unknown", #""padding""#, #""paddings""#, .unsupportedField("paddings", supported: nil),
      at: "paddings"),
    damage("another version", #""1.0""#, #""2.0""#, .unsupportedField("version", supported: #""1.0""#), at: #""2.0""#),
    damage(
      "truncation", #""truncation": null"#, #""truncation": {"max_length": 5}"#,
      .unsupportedField("truncation", supported: "null"), at: #"{"max"#),
    damage(
      "padding", #""padding": null"#, #""padding": {"pad_id": 5}"#, .unsupportedField("padding", supported: "null"),
      at: #"{"pad"#),
    damage(
      "a deep normalizer", #""normalizer": null"#, #""normalizer": "# + String(repeating: "[", count: 100_000),
      .unsupportedField("normalizer", supported: "null"), at: "[[["),
    damage(
      "no pre-tokenizer", #""pre_tokenizer": {"#, #""pre_tokenizer": null, "decoder": {"#,
      .unsupportedField("pre_tokenizer", supported: #"an object of type "ByteLevel""#), at: "null, \"decoder"),
    damage(
      "another pre-tokenizer", #""type": "ByteLevel""#, #""type": "Whitespace""#,
      .unsupportedField("pre_tokenizer.type", supported: #""ByteLevel""#), at: #""Whitespace""#),
    damage(
      "no regular expression", #""use_regex": true"#, #""use_regex": false"#,
      .unsupportedField("pre_tokenizer.use_regex", supported: "true"), at: "false\n  },\n  \"post"),
    damage(
      "a template", #""post_processor": null"#, #""post_processor": {"type": "TemplateProcessing"}"#,
      .unsupportedField("post_processor.type", supported: #""ByteLevel""#), at: #""TemplateProcessing""#),
    damage(
      "another decoder", "\"decoder\": {\n    \"type\": \"ByteLevel\"", #""decoder": {"type": "WordPiece""#,
      .unsupportedField("decoder.type", supported: #""ByteLevel""#), at: #""WordPiece""#),
    damage(
      "another model", #""BPE""#, #""Unigram""#, .unsupportedField("model.type", supported: #""BPE""#),
      at: #""Unigram""#),
    damage(
      "dropout", #""dropout": null"#, #""dropout": 0.1"#, .unsupportedField("model.dropout", supported: "null"),
      at: "0.1"),
    damage(
      "a prefix", #""continuing_subword_prefix": null"#, ####""continuing_subword_prefix": "##""####,
      .unsupportedField("model.continuing_subword_prefix", supported: #"null or """#), at: "\"##\""),
    damage(
      "merges ignored", #""ignore_merges": false"#, #""ignore_merges": true"#,
      .unsupportedField("model.ignore_merges", supported: "false"), at: "true,\n    \"vocab"),
    damage(
      "an unknown field of the model", #""dropout""#, #""dropouts""#,
      .unsupportedField("model.dropouts", supported: nil),
      at: "dropouts"),
    damage("no vocabulary", #""vocab": {"#, #""merges": {"#, malformed("'{'", "'['"), at: "{\n      \"<|x|>"),
    damage(
      "stripping", #""lstrip": false"#, #""lstrip": true"#,
      .unsupportedField("added_tokens.lstrip", supported: "false"),
      at: "true,\n      \"rstrip"),
    damage("no id", #""id": 0,"#, "", malformed("an added token", "one with an id and a content"), at: "{\n      \n"),
    damage(
      "no content", #""content": "<|x|>""#, #""content": """#,
      malformed("an added token", "one with an id and a content"),
      at: "{\n      \"id"),
    damage(
      "another id than in the vocabulary", #""id": 0,"#, #""id": 7,"#,
      malformed(#"the added token "<|x|>" with the id 7"#, "0 as in the vocabulary"), at: "<|x|>"),
    damage(
      "an added token twice", #""added_tokens": ["#,
      #""added_tokens": [{"id": 259, "content": "yes"}, {"id": 259, "content": "yes"},"#,
      malformed(#"the added token "yes" with the id 259"#, "one added token of this content"), at: #"yes"}, {"id": 2"#,
      31),
    damage(
      "an id that is free", #""!": 1,"#, #""!": 259,"#,
      malformed(#"the token "!" with the id 259"#, "an id below 259, the number of tokens"), at: "!\": 259"),
    damage(
      "an id of two tokens", #""!": 1,"#, #""!": 2,"#,
      malformed(##"the token "\"" with the id 2"##, "a different id for each"),
      at: ##"\"": 2"##),
    damage("a negative id", #""!": 1,"#, #""!": -1,"#, malformed("'-'", "an integer of 0 to 2⁶³ - 1"), at: "-1,"),
    damage("a fraction", #""!": 1,"#, #""!": 1.5,"#, malformed("'.'", "'}'"), at: ".5,"),
    damage(
      "a vast id", #""!": 1,"#, #""!": 9223372036854775807,"#,
      malformed(#"the token "!" with the id 9223372036854775807"#, "an id below 259, the number of tokens"),
      at: "!\": 9"),
    damage("a token twice", #""!": 1,"#, #""\"": 1,"#, .duplicateKey("\""), at: ##"\"": 2"##),
    damage(
      "no token for a byte", #""!": 1,"#, #""!!": 1,"#, malformed(#"no token "!""#, "one for each of the 256 bytes"),
      at: "abc\": 258"),
    damage(
      "a merge of an unknown part", "\"a\",\n        \"b\"", #""a", "xy""#,
      malformed(#"the merge of "a" and "xy""#, "one whose parts and whole are in the vocabulary"), at: #"a", "xy"#),
    damage(
      "a merge with an unknown result", "\"a\",\n        \"b\"", #""a", "c""#,
      malformed(#"the merge of "a" and "c""#, "one whose parts and whole are in the vocabulary"), at: #"a", "c"#),
    damage(
      "a merge twice", "\"ab\",\n        \"c\"", #""a", "b""#,
      malformed(#"the merge of "a" and "b" again"#, "each once"), at: #"a", "b""#),
    damage(
      "a merge of one part", "\"ab\",\n        \"c\"", #""abc""#, malformed("a merge of 1 parts", "two"),
      at: "[\n        \"abc\""),
    damage(
      "a merge of three parts", "\"ab\",\n        \"c\"", #""a", "b", "c""#,
      malformed("'\"'", "at most 2 parts of a merge"), at: #", "c""#, 2),
    damage(
      "an older merge of one part", "[\n        \"a\",\n        \"b\"\n      ]", #""ab""#,
      malformed(#"the merge "ab""#, "two parts with a space between them"), at: "ab\",\n      ["),
    damage(
      "an older merge with two spaces", "[\n        \"a\",\n        \"b\"\n      ]", #""a b ""#,
      malformed(#"the merge "a b ""#, "two parts with a space between them"), at: "a b "),
  ]

  static let characterDamages: [Damage] = [
    damage(
      "bytes", #""padding""#, #""padding""#, .unsupportedField("pre_tokenizer.type", supported: #""Split""#),
      at: #""ByteLevel""#),
    damage(
      "a token of two characters", in: characters, #""a": 0"#, #""ab": 0"#,
      malformed("token 0 of 2 characters", "tokens of one"), at: "ab\": 0"),
    damage(
      "no token for the unknown", in: characters, "\"\u{FFFD}\": 2", "\"c\": 2",
      malformed("no token \"\u{FFFD}\"", "one for what is unknown"), at: "c\": 2"),
    damage(
      "another expression", in: characters, #"[\\s\\S]"#, "x",
      .unsupportedField("pre_tokenizer.pattern.Regex", supported: ##""[\\s\\S]""##), at: "\"x\""),
  ]
}
