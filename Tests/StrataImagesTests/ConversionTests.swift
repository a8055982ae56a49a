import StrataImages
import StrataTensor
import Testing

@Suite(.seeded) struct ConversionTests {
  @Test func `gray and composited colours are those of PIL`() throws {
    let photo = try Image(References.path("photo.png"))
    #expect(photo.converted(channels: 1).numbers.isIdentical(to: try #require(References.expected["gray"])))
    let overlay = try Image(References.path("overlay.png"))
    #expect(overlay.converted(channels: 3) == photo)
    for (name, background) in [("on_white", 1), ("on_gray", 77.0 / 255)] {
      let image = overlay.converted(channels: 3, alpha: .composited(onto: background))
      #expect(image.numbers.isIdentical(to: try #require(References.expected[name])))
    }
  }

  @Test(arguments: [8, 16]) func `every number of channels becomes every other`(_ depth: Int) {
    let top = (1 << depth) - 1
    // Luma: 0.299 · 10 + 0.587 · 20 + 0.114 · 250 = 43.23.
    let images = [1: [40], 2: [40, 51], 3: [10, 20, 250], 4: [10, 20, 250, 51]].mapValues {
      Image($0, width: 1, channels: $0.count, bitDepth: depth)
    }
    let expected: [Int: [[Int]]] = [
      1: [[40], [40, top], [40, 40, 40], [40, 40, 40, top]], 2: [[40], [40, 51], [40, 40, 40], [40, 40, 40, 51]],
      3: [[43], [43, top], [10, 20, 250], [10, 20, 250, top]],
      4: [[43], [43, 51], [10, 20, 250], [10, 20, 250, 51]],
    ]
    for (channels, image) in images {
      for target in 1...4 {
        let converted = image.converted(channels: target)
        #expect(converted == Image(expected[channels]![target - 1], width: 1, channels: target, bitDepth: depth))
      }
    }
    // A fifth, or 51 of 65,535, of the image on black and on white.
    let (part, rest) = depth == 8 ? (0.2, 0.8) : (51.0 / 65_535, 1 - 51.0 / 65_535)
    let white = images[2]!.converted(channels: 1, alpha: .composited(onto: 1))
    #expect(white.numbers.item == (40 * part + Double(top) * rest).rounded())
    let black = images[4]!.converted(channels: 3, alpha: .composited(onto: 0))
    #expect(black.numbers.elements(as: Double.self) == [10, 20, 250].map { ($0 * part).rounded() })
    // What keeps its alpha channel is not composited.
    #expect(images[4]!.converted(channels: 2, alpha: .composited(onto: 1)) == images[4]!.converted(channels: 2))
  }

  @Test func `extreme colours stay extreme`() {
    for depth in [8, 16] {
      let top = (1 << depth) - 1
      let image = Image([0, 0, 0, top, top, top], width: 2, channels: 3, bitDepth: depth)
      #expect(image.converted(channels: 1) == Image([0, top], width: 2, bitDepth: depth))
    }
  }
}
