import StrataData
import StrataImages
import StrataTensor
import Testing

@Suite(.seeded) struct `Images as PIL reads them` {
  @Test func `are there`() {
    #expect(References.names.count { $0.hasSuffix("png") } == 62)
    #expect(References.names.count { $0.hasSuffix("jpg") } == 11)
  }

  @Test(arguments: References.names) func `have its samples`(_ name: String) throws {
    let image = try Image(References.path(name))
    let expected = try #require(References.expected[name])
    #expect([image.channels, image.height, image.width] == expected.shape.lengths)
    #expect(image.numbers.isIdentical(to: expected))
    let is16 = name.contains("16")
    #expect(image.bitDepth == (is16 ? 16 : 8))
    #expect(image.tensor().isIdentical(to: expected.converted(to: .float32) / (is16 ? 65_535 : 255)))
  }

  @Test func `the content says what a file is, not its name`() throws {
    let image = try Image(References.path("rgb_444.jpg"))
    try withFile(References.bytes("rgb_444.jpg"), named: "x.png") { path throws in #expect(try Image(path) == image) }
  }

  @Test func `a header may be longer than what is read first of a file`() throws {
    var file = References.bytes("rgb_444.jpg")
    for _ in 0..<2 { file.insert(contentsOf: [0xFF, 0xE3] + bigEndian(UInt16(65_535)) + zeros(65_533), at: 2) }
    let folder = try withDirectory { path in
      try write(file, to: path + "/a/x.jpg")
      return try ImageFolder(path)
    }
    #expect(folder.channels == 3 && folder.size == [18, 25])
  }

  @Test func `EXIF data that cannot be read turns nothing`() throws {
    let file = References.bytes("turned6.png")
    let data = Array(try #require(chunks(file).first { $0.name == "eXIf" }).data)
    let upright = try Image(References.path("turned1.png"))
    for changed in [
      [], Array(data.prefix(3)), Array(data.prefix(9)), Array(data.prefix(30)), changed(data, at: 0, to: 0x50),
      changed(data, at: 5, to: 200), changed(data, at: 23, to: 9), changed(data, at: 25, to: 4),
      changed(data, at: 30, to: 9), changed(data, at: 30, to: 0),
    ] {
      try withFile(png(replacing("eXIf", by: changed, in: file))) { path throws in
        #expect(try Image(path) == upright, "\(changed)")
      }
    }
  }

  @Test func `what stands behind an image is not read`() throws {
    for name in ["gray8.png", "gray.jpg"] {
      try withFile(References.bytes(name) + [1, 2, 3]) { path throws in
        #expect(try Image(path) == Image(References.path(name)))
      }
    }
  }

  @Test func `indices beyond the palette are black`() throws {
    let file = References.bytes("palette4.png")
    let palette = Array(try #require(chunks(file).first { $0.name == "PLTE" }).data.prefix(6))
    let whole = try Image(References.path("palette4.png"))
    try withFile(png(replacing("PLTE", by: palette, in: file))) { path throws in
      let pixels = try Image(path).numbers.permuted([1, 2, 0]).reshaped(to: [77, 3])
      let colours = whole.numbers.permuted([1, 2, 0]).reshaped(to: [77, 3])
      let known = [Array(palette[..<3]), Array(palette[3...])].map { $0.map(Int.init) }
      for index in 0..<77 {
        let colour = colours[index].elements(as: Int.self)
        #expect(pixels[index].elements(as: Int.self) == (known.contains(colour) ? colour : [0, 0, 0]))
      }
    }
  }

  @Test func `the limit of pixels is the largest number that is read`() throws {
    let path = References.path("gray8.png")
    #expect(try Image(path, pixelLimit: 77).width == 11)
    let error = #expect(throws: DataError.self) { _ = try Image(path, pixelLimit: 76) }
    #expect(
      error?.description
        == "\(path): too large: 11 × 7 pixels, and the limit is 76 (at byte 16); give a larger pixelLimit if it is right"
    )
  }
}
