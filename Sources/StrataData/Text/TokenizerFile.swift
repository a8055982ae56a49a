import StrataTensor

/// A file `tokenizer.json` in the format of the Python package `tokenizers`, whose fields are all known and supported.
struct TokenizerFile {
  /// A kind of tokenizer: the fields that its files have, by their paths.
  struct Form {
    /// The values of each in JSON notation; none where any is possible.
    fileprivate let values: [String: [String]]
    /// The fields that cannot be missing.
    fileprivate let required: [String]
  }

  /// A part of the file, in bytes of the scanner, and its number.
  struct Entry {
    let text: Range<Int>
    let token: Int
  }

  /// A file of more bytes is refused, as a header of a safetensors file is.
  static let maximumByteCount = SafetensorsHeader.maximumByteCount

  /// A regular expression that matches each character.
  static let anyCharacter = #"[\s\S]"#

  private(set) var vocabulary: [Entry] = []
  private(set) var merges: [(left: Range<Int>, right: Range<Int>)] = []
  private(set) var added: [(entry: Entry, isSpecial: Bool, isNormalized: Bool)] = []
  /// The values of all other fields, in JSON notation.
  private(set) var values: [String: String] = [:]

  private var scanner: JSONScanner
  private let form: Form

  init(_ path: String, _ form: Form) throws(DataError) {
    let bytes = try ContentReader(InputFile(path)).readToEnd(limit: Self.maximumByteCount)
    var scanner = JSONScanner(bytes, path: path, name: "file")
    (self.scanner, self.form) = (scanner, form)
    try readObject("", &scanner)
    try scanner.expectEnd()
    self.scanner = scanner  // in which strings are decoded
    if let missing = form.required.first(where: { values[$0] == nil }) {
      throw scanner.error(.malformed(found: "no field \(quoted(missing))", expected: "one"), at: scanner.position)
    }
  }

  func text(_ entry: Entry) -> String { scanner.text(entry.text) }

  func bytes(_ range: Range<Int>) -> ArraySlice<UInt8> { scanner.bytes[range] }

  /// Returns an error at an entry, or at the end of the file.
  func error(_ entry: Entry?, found: String, expected: String) -> DataError {
    error(at: entry?.text.lowerBound ?? scanner.bytes.count, found: found, expected: expected)
  }

  func error(at position: Int, found: String, expected: String) -> DataError {
    scanner.error(.malformed(found: found, expected: expected), at: position)
  }

  func excerpt(_ range: Range<Int>) -> String { quoted(scanner.excerpt(range)) }

  /// Returns the entries of the vocabulary and of added tokens that it lacks, whose tokens must count up from 0.
  func entriesByToken() throws(DataError) -> [Entry] {
    var names = ByteStringTable()
    for entry in vocabulary { names.insert(bytes(entry.text)) }
    var all = vocabulary
    for (entry, _, _) in added {
      let (number, isNew) = names.insert(bytes(entry.text))
      if isNew {
        all.append(entry)
      } else if all[number].token != entry.token || number >= vocabulary.count {
        throw error(
          entry, found: "the added token \(excerpt(entry.text)) with the id \(entry.token)",
          expected: number < vocabulary.count
            ? "\(all[number].token) as in the vocabulary" : "one added token of this content")
      }
    }
    var sorted = [Entry?](repeating: nil, count: all.count)
    for entry in all {
      guard entry.token < all.count, sorted[entry.token] == nil else {
        throw error(
          entry, found: "the token \(excerpt(entry.text)) with the id \(entry.token)",
          expected: entry.token < all.count
            ? "a different id for each" : "an id below \(all.count), the number of tokens")
      }
      sorted[entry.token] = entry
    }
    return sorted.map { $0! }  // as many tokens as places, and no place twice
  }
}

// MARK: - Reading

extension TokenizerFile {
  /// Reads an object whose fields have the paths that begin with `prefix`.
  private mutating func readObject(_ prefix: String, _ scanner: inout JSONScanner) throws(DataError) {
    try scanner.object { scanner, key throws(DataError) in
      try readField(prefix + scanner.excerpt(key), at: key.lowerBound, &scanner)
    }
  }

  private mutating func readField(
    _ path: String, at position: Int, _ scanner: inout JSONScanner
  ) throws(DataError) {
    switch path {
    case "model.vocab":
      values[path] = ""
      try scanner.object { scanner, key throws(DataError) in
        vocabulary.append(Entry(text: key, token: try scanner.integer()))
      }
    case "model.merges" where form.values[path] != nil:
      values[path] = ""
      try scanner.array(of: "merges", limit: JSONScanner.maximumMemberCount) { scanner throws(DataError) in
        merges.append(try Self.merge(&scanner))
      }
    case "added_tokens":
      try scanner.array(of: "added tokens", limit: JSONScanner.maximumMemberCount) { scanner throws(DataError) in
        try readAddedToken(&scanner)
      }
    default:
      scanner.skipSpaces()
      let isObject = form.values.keys.contains { $0.hasPrefix(path + ".") }
      if isObject, scanner.peeks("{") { return try readObject(path + ".", &scanner) }
      let start = scanner.position
      let value = try scanner.simpleValue()
      if let supported = form.values[path], supported.isEmpty ? !value.isEmpty : supported.contains(value) {
        values[path] = value
      } else {
        let supported = supported(path)
        throw scanner.error(.unsupportedField(path, supported: supported), at: supported == nil ? position : start)
      }
    }
  }

  /// What a field can be, in words; nil for one that is unknown.
  private func supported(_ path: String) -> String? {
    let object = form.values[path + ".type"]?.first.map { "an object of type \($0)" }
    let all = (form.values[path] ?? []) + (object.map { [$0] } ?? [])
    return all.isEmpty ? nil : all.joined(separator: " or ")
  }

  /// Reads a merge: two strings, or one with a space between them, as older files have it.
  private static func merge(_ scanner: inout JSONScanner) throws(DataError) -> (left: Range<Int>, right: Range<Int>) {
    if scanner.peeks("[") {
      var parts: [Range<Int>] = []
      let start = scanner.position
      try scanner.array(of: "parts of a merge", limit: 2) { scanner throws(DataError) in
        parts.append(try scanner.string())
      }
      guard parts.count == 2 else {
        throw scanner.error(.malformed(found: "a merge of \(parts.count) parts", expected: "two"), at: start)
      }
      return (parts[0], parts[1])
    }
    let text = try scanner.string()
    let spaces = text.filter { scanner.bytes[$0] == UInt8(ascii: " ") }
    guard spaces.count == 1 else {
      throw scanner.error(
        .malformed(
          found: "the merge \(quoted(scanner.excerpt(text)))", expected: "two parts with a space between them"),
        at: text.lowerBound)
    }
    return (text.lowerBound..<spaces[0], spaces[0] + 1..<text.upperBound)
  }

  private mutating func readAddedToken(_ scanner: inout JSONScanner) throws(DataError) {
    var (token, content): (Int?, Range<Int>?)
    scanner.skipSpaces()
    let start = scanner.position
    for name in ["special", "normalized"] { values["added_tokens." + name] = nil }
    try scanner.object { scanner, key throws(DataError) in
      switch scanner.excerpt(key) {
      case "id": token = try scanner.integer()
      case "content": content = try scanner.string()
      case let name: try readField("added_tokens." + name, at: key.lowerBound, &scanner)
      }
    }
    guard let token, let content, !content.isEmpty else {
      throw scanner.error(.malformed(found: "an added token", expected: "one with an id and a content"), at: start)
    }
    added.append(
      (
        Entry(text: content, token: token), values["added_tokens.special"] == "true",
        values["added_tokens.normalized"] == "true"
      ))
  }
}

// MARK: - Forms

extension TokenizerFile.Form {
  private static let booleans = ["true", "false"]

  /// The fields that tokenizers of all kinds have.
  private static let common = [
    "version": [#""1.0""#], "truncation": ["null"], "padding": ["null"], "normalizer": ["null"],
    "added_tokens.single_word": ["false"], "added_tokens.lstrip": ["false"], "added_tokens.rstrip": ["false"],
    "added_tokens.normalized": booleans, "added_tokens.special": booleans,
  ]

  private init(_ values: [String: [String]], required: [String]) {
    self.init(
      values: Self.common.merging(values) { $1 },
      required: required + ["pre_tokenizer.type", "decoder.type", "model.type", "model.vocab"])
  }

  /// Byte-level BPE. What its decoder and its processor are set to makes no difference to tokens and texts.
  static let bytePairs = {
    var values: [String: [String]] = [
      "post_processor": ["null"], "pre_tokenizer.use_regex": ["true"], "model.type": [#""BPE""#],
      "model.dropout": ["null"], "model.unk_token": [], "model.continuing_subword_prefix": ["null", #""""#],
      "model.end_of_word_suffix": ["null", #""""#], "model.fuse_unk": booleans, "model.byte_fallback": booleans,
      "model.ignore_merges": ["false"], "model.merges": [],
    ]
    for part in ["pre_tokenizer", "post_processor", "decoder"] {
      values[part + ".type"] = [#""ByteLevel""#]
      for field in ["add_prefix_space", "trim_offsets", "use_regex"] where values["\(part).\(field)"] == nil {
        values["\(part).\(field)"] = booleans
      }
    }
    return Self(values, required: ["pre_tokenizer.add_prefix_space", "model.merges"])
  }()

  /// One token for each character.
  static let characters = Self(
    [
      "post_processor": ["null"], "pre_tokenizer.type": [#""Split""#],
      "pre_tokenizer.pattern.Regex": [quoted(TokenizerFile.anyCharacter)], "pre_tokenizer.behavior": [#""Isolated""#],
      "pre_tokenizer.invert": ["false"], "decoder.type": [#""Fuse""#], "model.type": [#""WordLevel""#],
      "model.unk_token": [quoted(String(CharacterTokenizer.replacement))],
    ], required: ["pre_tokenizer.pattern.Regex"])
}

// MARK: - Writing

extension TokenizerFile {
  static func write(
    to path: String, added: [BytePairTokenizer.AddedToken], preTokenizer: JSONValue, decoder: JSONValue,
    model: JSONValue
  ) throws(DataError) {
    let root: JSONValue = [
      "version": "1.0", "truncation": nil, "padding": nil,
      "added_tokens": .array(
        added.map {
          [
            "id": .number(Int($0.token)), "content": .string($0.content), "single_word": false, "lstrip": false,
            "rstrip": false, "normalized": .bool($0.isNormalized), "special": .bool($0.isSpecial),
          ]
        }),
      "normalizer": nil, "pre_tokenizer": preTokenizer, "post_processor": nil, "decoder": decoder, "model": model,
    ]
    var text = ""
    root.write(to: &text)
    let file = try OutputFile(replacing: path)
    try file.append(Array(text.utf8))
    try file.commit()
  }
}
