import Foundation
import StrataData

// Trains, encodes and decodes for scripts/check_tokenizer.py, which compares the results with those of another library.
//
// Usage:  Tokenize train TEXT SIZE TOKENIZER [SPECIAL-TOKEN…]     writes a byte-level tokenizer
//         Tokenize characters TEXT TOKENIZER                      writes a tokenizer for characters
//         Tokenize encode TOKENIZER TEXT TOKENS                   writes the tokens, int32 each
//         Tokenize decode TOKENIZER TOKENS TEXT                   writes the text, without special tokens

func tokenizer(_ path: String) throws -> any Tokenizer {
  do { return try BytePairTokenizer(contentsOf: path) } catch { return try CharacterTokenizer(contentsOf: path) }
}

let arguments = CommandLine.arguments
func argument(_ index: Int) -> String { arguments.count > index ? arguments[index] : "" }
let clock = ContinuousClock()
let start = clock.now

switch argument(1) {
case "train":
  let text = try TextFile.read(argument(2))
  try BytePairTokenizer(
    training: [text], vocabularySize: Int(argument(3)) ?? 0, specialTokens: Array(arguments.dropFirst(5))
  ).write(to: argument(4))
case "characters":
  try CharacterTokenizer(TextFile.read(argument(2))).write(to: argument(3))
case "encode":
  let tokens = try tokenizer(argument(2)).encode(TextFile.read(argument(3)))
  try tokens.withUnsafeBytes { Data($0) }.write(to: URL(filePath: argument(4)))
case "decode":
  let bytes = try Data(contentsOf: URL(filePath: argument(3)))
  let tokens = [Int32](unsafeUninitializedCapacity: bytes.count / 4) { buffer, count in
    count = bytes.copyBytes(to: buffer) / 4
  }
  try Data(tokenizer(argument(2)).decode(tokens).utf8).write(to: URL(filePath: argument(4)))
default:
  print("Tokenize: train, characters, encode or decode; see Tests/Tokenize/main.swift")
  exit(64)
}
print("\(arguments.dropFirst().joined(separator: " ")): \(clock.now - start)")
