import Foundation
import StrataData
import StrataTensor
import Testing

@Suite(.seeded) struct `Safetensors files` {
  let tensors: [String: Tensor] = [
    "0.weight": Tensor([1.5, -2, .pi, 0, 5, 6] as [Float], shape: [2, 3]),
    "0.bias": Tensor([0.1, 0.2, 0.3] as [Double]),
    "steps": Tensor([Int32.max, .min, 7], shape: [3, 1]),
    "scalar": Tensor([42] as [Float], shape: []),
    "none": Tensor(zeros: [0, 4]),
    "ключ \"\\\n\u{1}😀": Tensor([8] as [Float]),
  ]

  @Test func `give back what was written`() throws {
    let metadata = ["format": "strata", "quote\"\\\t": "é😀\u{7F}", "": ""]
    try withDirectory { directory in
      let path = directory + "/model.safetensors"
      try Safetensors.write(tensors, metadata: metadata, to: path)
      let read = try Safetensors.read(path)
      #expect(read.keys.sorted() == tensors.keys.sorted())
      for (name, tensor) in tensors { #expect(read[name]?.isIdentical(to: tensor) == true, "\(name)") }
      #expect(try Safetensors.metadata(of: path) == metadata)
      try Safetensors.write([:], to: path)
      #expect(try Safetensors.read(path).isEmpty)
      #expect(try Safetensors.metadata(of: path).isEmpty)
      #expect(try FileManager.default.contentsOfDirectory(atPath: directory) == ["model.safetensors"])
    }
  }

  @Test func `are written with sorted keys, wide elements first, and data at a multiple of 8`() throws {
    try withDirectory { directory in
      let path = directory + "/small"
      try Safetensors.write(
        [
          "b": Tensor([1] as [Float]), "a": Tensor(labels: [2]), "z": Tensor([3] as [Double], shape: [1, 1]),
        ],
        metadata: ["k": "v"], to: path)
      let checksums = "strata.xxh64 4ab1d7614f9b92a6 7b78a5906bb55b88 2f8cb6b54fffb5c6 7bb30cf57b0ee058"
      let header =
        #"{"__metadata__":{"k":"v","strata.xxh64":"\#(checksums)"},"z":{"dtype":"F64","shape":[1, 1],"data_offsets":[0, 8]},"#
        + #""a":{"dtype":"I32","shape":[1],"data_offsets":[8, 12]},"#
        + #""b":{"dtype":"F32","shape":[1],"data_offsets":[12, 16]}}"#
      let padded = header + String(repeating: " ", count: -header.utf8.count & 7)
      let data: [UInt8] = [0, 0, 0, 0, 0, 0, 0x08, 0x40, 2, 0, 0, 0, 0, 0, 0x80, 0x3F]
      #expect(try contents(of: path) == safetensors(padded) + data)
    }
  }

  @Test func `may have spaces, escapes, any order and empty tensors`() throws {
    let header =
      "{ \"b\\u00e9\\ud83d\\ude00\\n\" : {\t\"data_offsets\" : [ 4 , 8 ] ,\r\n \"shape\":[1,1],\"dtype\":\"F32\"},"
      + record("e", "[0]", "[4,4]") + "," + record("a", "[]", "[0,4]") + "}   "
    let read = try withFile(safetensors(header, 8)) { try Safetensors.read($0) }
    #expect(read.mapValues(\.shape) == ["bé😀\n": [1, 1], "e": [0], "a": []])
  }

  @Test func `may have fields of other programs, and metadata that is null`() throws {
    let header =
      #"{"__metadata__":null,"w":{"note":["a\n",[],{},{"b":[null,true,false]}],"dtype":"F32","#
      + #""x":-0.5e-3,"shape":[1],"y":1E9,"data_offsets":[0,4]}}"#
    try withFile(safetensors(header, 4)) { path in
      let (tensors, metadata) = (try Safetensors.read(path), try Safetensors.metadata(of: path))
      #expect(tensors == ["w": Tensor([0] as [Float])] && metadata.isEmpty)
    }
  }

  @Test(arguments: damages) func `with damage are refused`(_ damage: Damage) throws {
    try damage.expect { path throws(DataError) in try Safetensors.read(path) }
  }

  /// Offsets include the eight bytes of the length.
  static let damages: [Damage] = {
    let good = "{" + record("w", "[2]", "[0,8]") + "}"
    func malformed(
      _ what: String, _ header: String, found: String, expected: String, at offset: Int, _ byteCount: Int = 0
    ) -> Damage {
      Damage(what, safetensors(header, byteCount), .malformed(found: found, expected: expected), at: offset)
    }
    func number(_ what: String, _ shape: String, found: String = "'-'", at offset: Int = 37) -> Damage {
      malformed(
        what, "{" + record("w", shape, "[0,8]") + "}", found: found, expected: "an integer of 0 to 2⁶³ - 1",
        at: offset, 8)
    }
    let integrity = "one with dtype, shape and data_offsets [begin, end]"
    return [
      Damage("empty", [], .cutShort(expected: 8, found: 0), at: 0),
      Damage("cut in the length", [2, 0, 0], .cutShort(expected: 8, found: 3), at: 3),
      Damage(
        "header longer than the file", [100, 0, 0, 0, 0, 0, 0, 0] + good.utf8,
        .cutShort(expected: 108, found: 8 + good.utf8.count), at: 8 + good.utf8.count),
      Damage(
        "header of 2^64 - 1", Array(repeating: 255, count: 8),
        .tooLarge("a header of 18446744073709551615 bytes"),
        at: 0),
      Damage(
        "header beyond 100 MB", [1, 0xE1, 0xF5, 5, 0, 0, 0, 0], .tooLarge("a header of 100000001 bytes"),
        at: 0),
      malformed("no header", "", found: "the end of the header", expected: "'{'", at: 8),
      malformed("a list", "[]", found: "'['", expected: "'{'", at: 8),
      malformed("a space first", " {}", found: "' '", expected: "'{'", at: 8),
      malformed("unclosed", "{", found: "the end of the header", expected: "'\"'", at: 9),
      malformed("comma at the end", "{\"__metadata__\":{},}", found: "'}'", expected: "'\"'", at: 27),
      malformed("text after the header", "{} x", found: "'x'", expected: "spaces up to its end", at: 11),
      malformed("a number as key", "{1:2}", found: "'1'", expected: "'\"'", at: 9),
      malformed("a number as entry", "{\"w\":5}", found: "'5'", expected: "'{'", at: 13),
      malformed(
        "open string", "{\"w", found: "the end of the header", expected: "the end of a string", at: 11),
      malformed(
        "line break in a key", "{\"w\n\":{}}", found: "byte 10", expected: "a character of a string", at: 11),
      malformed("unknown escape", "{\"\\x41\":{}}", found: "'\\'", expected: "an escape of JSON", at: 10),
      malformed("cut escape", "{\"\\u00\"", found: "'\\'", expected: "an escape of JSON", at: 10),
      malformed("signed escape", "{\"\\u+041\":{}}", found: "'\\'", expected: "an escape of JSON", at: 10),
      malformed("half a pair", "{\"\\ud83d\":{}}", found: "'\"'", expected: "an escape of JSON", at: 16),
      malformed("wrong half", "{\"\\ude00\":{}}", found: "'\\'", expected: "an escape of Unicode", at: 10),
      malformed(
        "two first halves", "{\"\\ud83d\\ud83d\":{}}", found: "'\\'", expected: "an escape of Unicode", at: 10
      ),
      Damage(
        "not UTF-8", safetensors([0x7B, 0x22, 0xFF, 0x22]), .malformed(found: "byte 255", expected: "UTF-8"),
        at: 10),
      Damage(
        "overlong UTF-8", safetensors([0x7B, 0x22, 0xC0, 0x80, 0x22]),
        .malformed(found: "byte 192", expected: "UTF-8"), at: 10),
      Damage(
        "cut UTF-8", safetensors([0x7B, 0x22, 0xE2, 0x82]), .malformed(found: "byte 226", expected: "UTF-8"),
        at: 10),
      Damage(
        "deep JSON", safetensors(String(repeating: "{\"a\":", count: 100_000)), .tooLarge("values nested that deep"),
        at: 643),
      malformed(
        "a field of nothing", #"{"w":{"note":}}"#, found: "'}'", expected: "a value of JSON", at: 21),
      malformed(
        "a field that is no number", #"{"w":{"note":-x}}"#, found: "'x'", expected: "a value of JSON", at: 22),
      malformed(
        "a field with half a fraction", #"{"w":{"note":1.}}"#, found: "'}'", expected: "a value of JSON", at: 23),
      malformed(
        "a field with half an exponent", #"{"w":{"note":1e+}}"#, found: "'}'", expected: "a value of JSON", at: 24),
      malformed(
        "deep list", "{\"w\":{\"shape\":" + String(repeating: "[", count: 100_000), found: "'['",
        expected: "an integer of 0 to 2⁶³ - 1", at: 23),
      malformed(
        "metadata that is not a string", "{\"__metadata__\":{\"a\":1}}", found: "'1'", expected: "'\"'", at: 29),
      malformed(
        "metadata that is not an object", "{\"__metadata__\":\"a\"}", found: "'\"'", expected: "'{'", at: 24),
      number("negative length", "[-2]"),
      number("null as length", "[null]", found: "'n'"),
      number("leading zero", "[02]", found: "'0'"),
      number("length of 2^63", "[9223372036854775808]", found: "'9'"),
      number("length of 30 digits", "[100000000000000000000000000000]", found: "'1'"),
      malformed(
        "a float as length", "{" + record("w", "[2.0]", "[0,8]") + "}", found: "'.'", expected: "']'", at: 38,
        8),
      malformed(
        "an exponent", "{" + record("w", "[2e0]", "[0,8]") + "}", found: "'e'", expected: "']'", at: 38, 8),
      malformed("a string as shape", "{\"w\":{\"shape\":\"2\"}}", found: "'\"'", expected: "'['", at: 22),
      malformed(
        "33 axes",
        "{" + record("w", "[" + Array(repeating: "1", count: 33).joined(separator: ",") + "]", "[0,4]") + "}",
        found: "'1'", expected: "at most 32 numbers", at: 101, 4),
      malformed("no fields", "{\"w\":{}}", found: "tensor \"w\"", expected: integrity, at: 10),
      malformed(
        "no offsets", #"{"w":{"dtype":"F32","shape":[2]}}"#, found: "tensor \"w\"", expected: integrity,
        at: 10, 8),
      malformed(
        "one offset", "{" + record("w", "[2]", "[0]") + "}", found: "tensor \"w\"", expected: integrity,
        at: 10, 8),
      malformed(
        "end before begin", "{" + record("w", "[2]", "[8,0]") + "}", found: "tensor \"w\"",
        expected: integrity,
        at: 10, 8),
      malformed(
        "three offsets", "{" + record("w", "[2]", "[0,4,8]") + "}", found: "'8'",
        expected: "at most 2 numbers",
        at: 60, 8),
      Damage(
        "8-bit floats", safetensors("{" + record("w", "[4]", "[0,4]", type: "F8_E4M3") + "}", 4),
        .unsupportedType(tensor: "w", type: "F8_E4M3"), at: 23),
      Damage(
        "an unknown type", safetensors("{" + record("w", "[2]", "[0,8]", type: "f32") + "}", 8),
        .unsupportedType(tensor: "w", type: "f32"), at: 23),
      Damage(
        "the same tensor twice",
        safetensors("{" + record("w", "[1]", "[0,4]") + "," + record("w", "[1]", "[4,8]") + "}", 8),
        .duplicateKey("w"), at: 63),
      Damage(
        "the same name escaped",
        safetensors("{" + record("w", "[1]", "[0,4]") + "," + record("\\u0077", "[1]", "[4,8]") + "}", 8),
        .duplicateKey("w"), at: 63),
      Damage(
        "names that Unicode holds equal",
        safetensors(
          "{" + record("\u{E9}", "[1]", "[0,4]") + "," + record("e\u{301}", "[1]", "[4,8]") + "}", 8),
        .duplicateKey("e\u{301}"), at: 64),
      Damage(
        "a field twice", safetensors(#"{"w":{"dtype":"F32","dtype":"F64"}}"#), .duplicateKey("dtype"), at: 29),
      Damage(
        "metadata twice", safetensors(#"{"__metadata__":{},"__metadata__":{}}"#),
        .duplicateKey("__metadata__"),
        at: 28),
      Damage(
        "a string of the metadata twice", safetensors(#"{"__metadata__":{"a":"","a":""}}"#),
        .duplicateKey("a"),
        at: 33),
      Damage(
        "uncountable shape", safetensors("{" + record("w", "[4611686018427387904,4]", "[0,8]") + "}", 8),
        .tooLarge("tensor \"w\" of shape [4611686018427387904, 4]"), at: 10),
      Damage(
        "uncountable but for a 0", safetensors("{" + record("w", "[0,4611686018427387904,4]", "[0,0]") + "}"),
        .tooLarge("tensor \"w\" of shape [0, 4611686018427387904, 4]"), at: 10),
      Damage(
        "more than a shape can have", safetensors("{" + record("w", "[0,1152921504606846976]", "[0,0]") + "}"),
        .tooLarge("tensor \"w\" of shape [0, 1152921504606846976]"), at: 10),
      Damage(
        "more elements than bytes", safetensors("{" + record("w", "[3]", "[0,8]") + "}", 8),
        .wrongExtent(tensor: "w", expected: 12, found: 8), at: 10),
      Damage(
        "fewer elements than bytes", safetensors("{" + record("w", "[]", "[0,16]", type: "F64") + "}", 16),
        .wrongExtent(tensor: "w", expected: 8, found: 16), at: 10),
      Damage(
        "overlap",
        safetensors("{" + record("a", "[2]", "[0,8]") + "," + record("b", "[2]", "[4,12]") + "}", 12),
        .overlap(tensor: "b", begin: 4, previousEnd: 8), at: 63),
      Damage(
        "the same bytes",
        safetensors("{" + record("a", "[2]", "[0,8]") + "," + record("b", "[2]", "[0,8]") + "}", 8),
        .overlap(tensor: "b", begin: 0, previousEnd: 8), at: 63),
      Damage(
        "an empty tensor inside another",
        safetensors("{" + record("a", "[2]", "[0,8]") + "," + record("b", "[0]", "[4,4]") + "}", 8),
        .overlap(tensor: "b", begin: 4, previousEnd: 8), at: 63),
      Damage(
        "hole", safetensors("{" + record("b", "[1]", "[8,12]") + "," + record("a", "[1]", "[0,4]") + "}", 12),
        .hole(tensor: "b", begin: 8, previousEnd: 4), at: 10),
      Damage(
        "hole at the start", safetensors("{" + record("a", "[1]", "[4,8]") + "}", 8),
        .hole(tensor: "a", begin: 4, previousEnd: 0), at: 10),
      Damage("one byte short", safetensors(good, 7), .cutShort(expected: 70, found: 69), at: 69),
      Damage("one byte long", safetensors(good, 9), .excessBytes(expected: 70), at: 70),
      Damage("bytes of no tensor", safetensors("{}", 4), .excessBytes(expected: 10), at: 10),
      Damage(
        "a tensor of 8 exabytes",
        safetensors("{" + record("w", "[2305843009213693951]", "[0,9223372036854775804]") + "}"),
        .tooLarge("tensor \"w\" of shape [2305843009213693951]"), at: 10),
    ]
  }()
}
