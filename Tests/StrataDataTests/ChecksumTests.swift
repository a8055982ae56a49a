import Foundation
import StrataData
import StrataTensor
import Testing

/// A file says of each tensor what it was, so that no damage is taken for numbers.
@Suite(.seeded) struct ChecksumTests {
  let tensors: [String: Tensor] = [
    "0.weight": Tensor([1.5, -2, .pi, 0, 5, 6] as [Float], shape: [2, 3]), "0.bias": Tensor([0.1] as [Double]),
    "é\"\n": Tensor(labels: [7]), "none": Tensor(zeros: [0, 4]),
  ]
  let metadata = ["epoch": "12", "a \"": "\u{1}"]

  /// Calls `body` with the bytes of a file of these tensors, and a path for its damaged copies.
  func withSaved(_ body: ([UInt8], String) throws -> Void) throws {
    try withDirectory { directory in
      try Safetensors.write(tensors, metadata: metadata, to: directory + "/good")
      try body(try contents(of: directory + "/good"), directory + "/bad")
    }
  }

  func put(_ bytes: some Sequence<UInt8>, at path: String) throws {
    try Data(bytes).write(to: URL(fileURLWithPath: path))
  }

  @Test func `every flipped bit is refused, with what and where`() throws {
    try withSaved { bytes, path in
      let dataStart = 8 + Int(bytes[0]) + Int(bytes[1]) << 8
      #expect(bytes.count == dataStart + 36)
      for bit in 0..<8 * bytes.count {
        var bad = bytes
        bad[bit / 8] ^= 1 << (bit % 8)
        try put(bad, at: path)
        do throws(DataError) {
          let read = try Safetensors.read(path)
          // The digits of an escape may be capitals.
          #expect(read == tensors && bytes[bit / 8 - 1] == UInt8(ascii: "0"), "bit \(bit % 8) of byte \(bit / 8)")
        } catch {
          #expect(error.offset != nil && error.path == path)
          guard bit / 8 >= dataStart else { continue }
          guard case .wrongChecksum(let what) = error.reason else {
            Issue.record("\(error)")
            continue
          }
          #expect(what == tensorName(at: bit / 8 - dataStart))
        }
        if let strings = try? Safetensors.metadata(of: path) { #expect(strings == metadata, "bit \(bit)") }
      }
    }
  }

  /// Which tensor a byte of the data belongs to: wide elements first, then by name.
  func tensorName(at byte: Int) -> String {
    byte < 8 ? "tensor \"0.bias\"" : byte < 32 ? "tensor \"0.weight\"" : "tensor \"é\\\"\\u000a\""
  }

  @Test func `every truncation is refused`() throws {
    try withSaved { bytes, path in
      for count in 0..<bytes.count {
        try put(bytes.prefix(count), at: path)
        let error = #expect(throws: DataError.self) { try Safetensors.read(path) }
        #expect(error?.offset != nil)
      }
    }
  }

  @Test func `a file that another program has changed is refused with advice`() throws {
    try withDirectory { directory in
      let text =
        #"{"__metadata__":{"strata.xxh64":"strata.xxh64 ef46db3751d8e999"},"# + record("w", "[1]", "[0,4]") + "}"
      try put(safetensors(text, 4), at: directory + "/m")
      let error = #expect(throws: DataError.self) { try Safetensors.read(directory + "/m") }
      #expect(error?.reason == .wrongChecksum(of: "the metadata"))
      #expect(
        error?.advice?.hasSuffix("if another program has changed it, remove strata.xxh64 from its metadata") == true)
    }
  }

  @Test func `a large tensor is hashed in parts, and each bit of it counts`() throws {
    let count = 200_003  // some parts and a rest that is no multiple of 32 bytes
    try withDirectory { directory in
      let path = directory + "/m"
      try Safetensors.write(["w": Tensor(ones: [count])], to: path)
      let bytes = try contents(of: path)
      for place in [1, 1 << 18, 1 << 19, 4 * count - 3_000, 4 * count] {
        var bad = bytes
        bad[bytes.count - place] ^= 16
        try put(bad, at: path)
        let error = #expect(throws: DataError.self) { try Safetensors.read(path) }
        #expect(error?.reason == .wrongChecksum(of: "tensor \"w\""))
        #expect(error?.offset == bytes.count - 4 * count)
      }
    }
  }
}
