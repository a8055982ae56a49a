extension BytePairTokenizer {
  /// Reads a tokenizer from a file `tokenizer.json` of the Python package `tokenizers`, or one that ``write(to:)`` has
  /// written.
  ///
  /// The tokenizer must be of the kind of GPT-2's: a model BPE with a token for each of the 256 bytes, a pre-tokenizer and a
  /// decoder ByteLevel, and no normalizer, truncation, padding or template. A file with a field that would change the tokens
  /// in a way that Strata does not support is refused.
  ///
  /// - Throws: ``DataError`` if the file is damaged, or has such a field.
  public init(contentsOf path: String) throws(DataError) {
    let file = try TokenizerFile(path, .bytePairs)
    var texts = ByteStringTable()
    for entry in try file.entriesByToken() { texts.insert(file.bytes(entry.text)) }
    if let byte = ByteAlphabet.sorted.first(where: { texts.find(ByteAlphabet.texts[Int($0)]) == nil }) {
      throw file.error(
        file.vocabulary.last, found: "no token \(quoted(String(ByteAlphabet.scalars[Int(byte)])))",
        expected: "one for each of the 256 bytes")
    }
    var merges: [Merge] = []
    var pairs: Set<TokenPair> = []
    for (left, right) in file.merges {
      let parts = [file.bytes(left), file.bytes(right), file.bytes(left) + file.bytes(right)]
      let tokens = parts.map { texts.find($0).map { Int32($0) } }
      guard let first = tokens[0], let second = tokens[1], let result = tokens[2],
        pairs.insert(TokenPair(left: first, right: second)).inserted
      else {
        let merge = "the merge of \(file.excerpt(left)) and \(file.excerpt(right))"
        let isNew = tokens.contains(nil)
        throw file.error(
          at: left.lowerBound, found: isNew ? merge : merge + " again",
          expected: isNew ? "one whose parts and whole are in the vocabulary" : "each once")
      }
      merges.append(Merge(left: first, right: second, result: result))
    }
    let added = file.added.map {
      AddedToken(
        content: file.text($0.entry), token: Int32($0.entry.token), isSpecial: $0.isSpecial,
        isNormalized: $0.isNormalized)
    }
    self.init(
      texts: texts, merges: merges, added: added,
      addsPrefixSpace: file.values["pre_tokenizer.add_prefix_space"] == "true")
  }

  /// Writes the tokenizer to a file `tokenizer.json`, byte for byte as the Python package `tokenizers` does.
  ///
  /// - Throws: ``DataError`` if the file cannot be written; an existing file is then unchanged.
  public func write(to path: String) throws(DataError) {
    func text(_ token: some BinaryInteger) -> String { String(decoding: texts[Int(token)], as: UTF8.self) }
    func byteLevel(_ addsPrefixSpace: Bool) -> JSONValue {
      ["type": "ByteLevel", "add_prefix_space": .bool(addsPrefixSpace), "trim_offsets": true, "use_regex": true]
    }
    let model: JSONValue = [
      "type": "BPE", "dropout": nil, "unk_token": nil, "continuing_subword_prefix": nil, "end_of_word_suffix": nil,
      "fuse_unk": false, "byte_fallback": false, "ignore_merges": false,
      "vocab": .object((0..<texts.count).map { JSONValue.Member(key: text($0), value: .number($0)) }),
      "merges": .array(merges.map { .array([.string(text($0.left)), .string(text($0.right))]) }),
    ]
    try TokenizerFile.write(
      to: path, added: added, preTokenizer: byteLevel(addsPrefixSpace), decoder: byteLevel(true), model: model)
  }
}
