import StrataImages
import StrataLayers
import StrataTensor
import Testing

@Suite(.seeded) struct ResizingTests {
  private static let kinds: [String: Resampling] = [
    "linear": .bilinear(antialias: false), "smooth": .bilinear(), "area": .area,
  ]

  @Test(arguments: kinds.keys.sorted()) func `agrees with PyTorch`(_ kind: String) throws {
    let x = try #require(References.expected["resize.x"])
    let cases = References.expected.filter { $0.key.hasPrefix("resize.\(kind).") }
    #expect(cases.count == 7)
    for (name, expected) in cases {
      let size = Size2D(expected.shape[-2], expected.shape[-1])
      let y = x.resized(to: size, by: Self.kinds[kind]!)
      #expect(abs(y - expected).max().item < 1e-10, "\(name)")
      let single = x.converted(to: .float32).resized(to: size, by: Self.kinds[kind]!)
      #expect(abs(single.converted(to: .float64) - expected).max().item < 1e-6, "\(name)")
    }
  }

  @Test func `agrees with PIL, which rounds to bytes twice`() throws {
    let x = try Image(References.path("photo.png")).tensor().converted(to: .float64)
    for (name, expected) in References.expected where name.hasPrefix("small.") || name.hasPrefix("crop.") {
      let size = Size2D(expected.shape[-2], expected.shape[-1])
      let y = x.resized(to: size, fit: name.hasPrefix("crop") ? .cropped : .stretched)
      #expect(abs(y * 255 - expected.converted(to: .float64)).max().item <= 1.01, "\(name)")
    }
  }

  @Test func `the same size has the same bits`() {
    let x = Tensor(uniform: [2, 3, 7, 5])
    for kind in Self.kinds.values { #expect(x.resized(to: [7, 5], by: kind).isIdentical(to: x)) }
    // Nor does an axis change that keeps its length.
    for kind in Self.kinds.values {
      let y = Tensor(repeating: 0.3, shape: [1, 7, 5]).resized(to: [7, 9], by: kind)
      #expect(abs(y - 0.3).max().item < 1e-7)
    }
  }

  @Test func `any number of images, and none, is resized as one by one`() {
    let x = Tensor(uniform: [3, 2, 6, 8])
    let y = x.resized(to: 4, fit: .cropped)
    #expect(y.shape == [3, 2, 4, 4])
    for index in 0..<3 { #expect(y[index].isIdentical(to: x[index].resized(to: 4, fit: .cropped))) }
    #expect(Tensor(zeros: [0, 1, 6, 8]).resized(to: 4).shape == [0, 1, 4, 4])
    for workers in 1...2 { withWorkers(workers) { #expect(x.resized(to: 4, fit: .cropped).isIdentical(to: y)) } }
  }

  @Test func `worked numbers`() {
    let x: Tensor = [[0, 1, 2, 3, 4, 5]]
    // Without antialiasing between two elements, with it over three each way, weighted 2, 3, 2, 1, and by area of three.
    #expect(x.resized(to: [1, 2], by: .bilinear(antialias: false)) == [[1, 4]])
    #expect(x.resized(to: [1, 2], by: .area) == [[1, 4]])
    let smooth = x.resized(to: [1, 2]).elements(as: Double.self)
    #expect(abs(smooth[0] - (0.0 * 2 + 1 * 3 + 2 * 2 + 3 * 1) / 8) < 1e-6 && abs(smooth[0] + smooth[1] - 5) < 1e-6)
    // The middle of what covers the size: of 2 × 6 from 1 × 3.
    #expect(
      Tensor([0, 10, 20], shape: [1, 3]).resized(to: 2, by: .bilinear(antialias: false), fit: .cropped) == [
        [7.5, 12.5], [7.5, 12.5],
      ])
  }
}
