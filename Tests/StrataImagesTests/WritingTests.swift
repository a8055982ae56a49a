import Foundation
import StrataData
import StrataImages
import StrataTensor
import Testing

@Suite(.seeded) struct WritingTests {
  @Test(arguments: [8, 16], 1...4) func `what is written is read again`(_ depth: Int, _ channels: Int) throws {
    let top = (1 << depth) - 1
    let numbers = (0..<5 * 3 * channels).map { $0 * 7919 % (top + 1) }
    let image = Image(numbers, width: 5, channels: channels, bitDepth: depth)
    try withDirectory { folder in
      let path = folder + "/x.png"
      try image.write(png: path)
      #expect(try Image(path) == image)
      let header = try #require(chunks(contents(of: path)).first)
      #expect(
        header.data == bigEndian(UInt32(5)) + bigEndian(UInt32(3)) + [
          UInt8(depth), [0, 4, 2, 6][channels - 1], 0, 0, 0,
        ])
      // Its tensor has the same samples.
      try writePNG(image.tensor(), to: path, bitDepth: depth)
      #expect(try Image(path) == image)
    }
  }

  @Test func `every sample is its tensor's`() {
    for depth in [8, 16] {
      let image = Image(Array(0..<1 << depth), width: 256, bitDepth: depth)
      #expect(Image(image.tensor(), bitDepth: depth) == image)
    }
  }

  @Test func `values are rounded, those outside 0 to 1 are cut off, NaN is 0`() {
    for dtype in [DType.float32, .float64] {
      let values: Tensor = [[0, 0.5, 1], [2, -1, .nan]]
      #expect(Image(values.converted(to: dtype)) == Image([0, 128, 255, 255, 0, 0], width: 3))
    }
    #expect(Image(Tensor(ones: [3, 1, 2])) == Image([255, 255, 255, 255, 255, 255], width: 2, channels: 3))
    #expect(Image(Tensor([0, 1, 0.2, 0.4], shape: [2, 1, 2])) == Image([0, 51, 255, 102], width: 2, channels: 2))
  }

  @Test func `a file that cannot be written is an error, and the old one stays`() throws {
    try withDirectory { folder in
      #expect(throws: DataError.self) { try writePNG([[1]], to: folder) }
      #expect(throws: DataError.self) { try writePNG([[1]], to: folder + "/no/x.png") }
    }
  }
}
