import StrataData
import StrataImages
import Testing

/// Each runs in a separate process, as those of StrataData's test of the name do.
@Suite(.seeded) struct `A damaged image costs little memory` {
  @Test func `PNG of 99,980,001 pixels in 200 bytes`() async {
    await #expect(processExitsWith: .success) {
      let header = bigEndian(UInt32(9999)) + bigEndian(UInt32(9999)) + [16, 6, 0, 0, 0]
      try expectLittleMemory(png(replacing("IHDR", by: header, in: References.bytes("rgba16.png")))) {
        _ = try Image($0, pixelLimit: .max)
      }
    }
  }

  @Test func `JPEG of 4 billion pixels in a kilobyte`() async {
    await #expect(processExitsWith: .success) {
      var file = References.bytes("rgb_420_progressive.jpg")
      let frame = file.indices.first { file[$0] == 0xFF && file[$0 + 1] == 0xC2 }!
      file.replaceSubrange(frame + 5..<frame + 9, with: [0xFF, 0xFF, 0xFF, 0xFF])
      try expectLittleMemory(file) { _ = try Image($0, pixelLimit: .max) }
      let path = References.path("gray.jpg")
      #expect(throws: DataError.self) { _ = try Image(path, pixelLimit: 10) }
    }
  }

  @Test func `a text of 64 MiB in a PNG file of 64 kB, and no pixels`() async {
    await #expect(processExitsWith: .success) {
      // Four streams of 16 MiB: the decoder would hold them all.
      let text = Part(name: "zTXt", data: Array("bomb\0\0".utf8) + deflated(zeros(16 << 20)))
      let parts = chunks(References.bytes("gray8.png"))
      let file = png([parts[0]] + Array(repeating: text, count: 4) + [Part(name: "IDAT", data: [1]), parts.last!])
      try expectLittleMemory(file) { _ = try Image($0) }
    }
  }
}
