import Foundation
import StrataTensor
import Testing

@testable import StrataData

/// Returns what an augmentation makes of an image, which stands in many rows: a batch `[rows, C, H, W]`.
func draws(
  _ augmentations: [Augmentation], of image: Tensor, rows: Int, filling: Augmentation.Filling = .zeros,
  epoch: Int = 0
) -> Tensor {
  let copies = image.expanded(at: 0).repeated(rows, along: 0)
  return Augmenter(augmentations: augmentations, filling: filling, seed: 5).augmented(
    copies, rows: Array(0..<rows), epoch: epoch)
}

/// Returns what an augmentation without chance makes of an image.
private func changed(
  _ image: Tensor, by augmentations: Augmentation..., filling: Augmentation.Filling = .zeros
) -> Tensor { draws(augmentations, of: image, rows: 1, filling: filling)[0] }

private func randomImage(_ shape: Shape, _ dtype: DType = .float32) -> Tensor {
  var generator = RandomGenerator(seed: 1)
  return Tensor(uniform: shape, dtype: dtype, using: &generator)
}

private let square: Tensor = [[[1, 2, 3], [4, 5, 6], [7, 8, 9]]]

@Suite(.seeded) struct `Changes of place` {
  private let flip = Augmentation.horizontalFlip(probability: 1)
  private func turn(_ degrees: Double) -> Augmentation { .rotation(degrees: degrees...degrees) }

  @Test(arguments: [DType.float32, .float64]) func `flips exchange sides, and twice do nothing`(_ dtype: DType) {
    let image = randomImage([3, 5, 4], dtype)
    #expect(changed(image, by: flip).isIdentical(to: image.flipped(along: 2)))
    let down = Augmentation.verticalFlip(probability: 1)
    #expect(changed(image, by: down).isIdentical(to: image.flipped(along: 1)))
    for twice in [[flip, flip], [down, down]] {
      #expect(draws(twice, of: image, rows: 1)[0].isIdentical(to: image))
    }
    #expect(changed(image, by: .horizontalFlip(probability: 0)).isIdentical(to: image))
  }

  @Test func `of no images there are none`() {
    #expect(draws([flip, turn(90)], of: randomImage([3, 5, 5]), rows: 0).shape == [0, 3, 5, 5])
  }

  @Test func `quarters of a turn go counterclockwise and are exact`() {
    #expect(changed(square, by: turn(90)) == [[[3, 6, 9], [2, 5, 8], [1, 4, 7]]])
    let image = randomImage([2, 6, 6])
    for quarters in -5...5 {
      var expected = image
      for _ in 0..<((quarters + 8) % 4) { expected = expected.transposed(1, 2).flipped(along: 1) }
      #expect(changed(image, by: turn(90 * Double(quarters))).isIdentical(to: expected), "\(quarters) quarters")
    }
    // Of an image that is not square what fits is seen.
    #expect(changed([[[1, 2, 3]]], by: turn(90)) == [[[0, 2, 0]]])
    #expect(changed([[[1, 2, 3]]], by: turn(180)) == [[[3, 2, 1]]])
  }

  @Test func `changes that follow each other are one map`() {
    let image = randomImage([1, 5, 5])
    #expect(changed(image, by: turn(30), turn(60)) == changed(image, by: turn(90)))
    let one = changed(changed(image, by: turn(90)), by: flip)
    #expect(changed(image, by: turn(90), flip).isIdentical(to: one))
    #expect(!changed(image, by: flip, turn(90)).isIdentical(to: one))
    // What lay outside for a moment is not lost.
    let double = Augmentation.scale(2...2)
    #expect(changed(image, by: double, .scale(0.5...0.5)).isIdentical(to: image))
    // But it is where values change in between.
    #expect(!changed(image, by: double, .brightness(0), .scale(0.5...0.5)).isIdentical(to: image))
  }

  @Test func `a scale shows a part, and a shear leans to the right`() {
    let image: Tensor = [[[0, 1, 2, 3]]]
    #expect(changed(image, by: .scale(2...2)) == [[[0.75, 1.25, 1.75, 2.25]]])
    #expect(changed(image, by: .scale(0.5...0.5)) == [[[0, 0.5, 2.5, 0]]])
    #expect(changed(image, by: .scale(0.5...0.5), filling: .edge) == [[[0, 0.5, 2.5, 3]]])
    let upright: Tensor = [[[0, 1, 0], [0, 1, 0], [0, 1, 0]]]
    let leaning = changed(upright, by: .affine(shear: 45...45))
    #expect((leaning - [[[0, 0, 1], [0, 1, 0], [1, 0, 0]]]).norm(.infinity).item < 1e-6)
  }

  @Test func `crops are windows of the image with a margin, each as often`() {
    var seen: [[Float]: Int] = [:]
    let images = draws([.crop(padding: 1)], of: square, rows: 3600)
    for row in 0..<3600 { seen[images[row].elements(as: Float.self), default: 0] += 1 }
    let margin = square.padded([(0, 0), (1, 1), (1, 1)])
    var windows: Set<[Float]> = []
    for top in 0..<3 {
      for left in 0..<3 { windows.insert(margin[.all, top..<top + 3, left..<left + 3].elements(as: Float.self)) }
    }
    #expect(Set(seen.keys) == windows)
    #expect(seen.values.allSatisfy { 320...480 ~= $0 })  // 400 ± 4 standard deviations
    #expect(changed(square, by: .crop(padding: 0)).isIdentical(to: square))
  }

  @Test func `shifts, translations and angles are drawn from all of their range`() {
    // The image is its own coordinate: what is seen in the middle says how far it moved.
    let row = Tensor((0..<41).map { Double($0) - 20 }, shape: [1, 1, 41])
    for (augmentation, reach) in [(Augmentation.shift(3), 3.0), (.affine(translation: 0.1), 4.1)] {
      let middle = draws([augmentation], of: row.repeated(9, along: 1), rows: 2000, filling: .edge)[.all, 0, 4, 20]
      let moves = middle.elements(as: Double.self)
      #expect(moves.allSatisfy { abs($0) <= reach } && moves.contains { $0 > 0.95 * reach })
      #expect(moves.contains { $0 < -0.95 * reach } && abs(moves.reduce(0, +) / 2000) < 0.1)
    }
    let turned = draws([.rotation(degrees: 30)], of: row.repeated(41, along: 1), rows: 2000, filling: .edge)
    let angles = arcsine(turned[.all, 0, 25, 20] / 5) * (180 / Double.pi)
    #expect(angles.max().item <= 30.001 && angles.max().item > 28 && angles.min().item < -28)
    #expect(abs(angles.mean().item) < 2)
  }

  @Test func `PyTorch samples the same`() throws {
    let folder = URL(filePath: #filePath).deletingLastPathComponent().appending(path: "../../References")
    let reference = try Safetensors.read(folder.appending(path: "augmentation.safetensors").path)
    let image = try #require(reference["image"])
    var cases = 0
    while let p = reference["\(cases).parameters"]?.elements(as: Double.self) {
      let map = AffineMap(x: -p[1], y: -p[2]).then(AffineMap(undoing: p[3], degrees: p[0], shear: p[4]))
      for (filling, name) in [(Augmentation.Filling.zeros, "zeros"), (.edge, "border")] {
        let expected = try #require(reference["\(cases).\(name)"])
        #expect((map.sampled(image, filling: filling) - expected).norm(.infinity).item < 1e-12, "\(p) \(name)")
        let single = map.sampled(image.converted(to: .float32), filling: filling)
        #expect((single - expected.converted(to: .float32)).norm(.infinity).item < 1e-6, "\(p) \(name) in float32")
      }
      cases += 1
    }
    #expect(cases == 13)
  }
}

private func arcsine(_ x: Tensor) -> Tensor { Tensor(x.elements(as: Double.self).map { Foundation.asin($0) }) }

@Suite(.seeded) struct `Changes of values` {
  @Test func `brightness and contrast are what their formulas say`() {
    let bright = draws([.brightness(0.2)], of: square, rows: 1000)
    let factors = bright[.all, 0, 0, 0]
    #expect((bright - factors.reshaped([1000, 1, 1, 1]) * square).norm(.infinity).item < 1e-5)
    #expect(factors.min().item >= 0.8 && factors.max().item <= 1.2 && abs(factors.mean().item - 1) < 0.02)
    let contrast = draws([.contrast(0.5)], of: square, rows: 1000)
    #expect((contrast[.all, 0, 1, 1] - 5).norm(.infinity).item < 1e-5)  // the mean stays
    let slopes = (contrast[.all, 0, 2, 2] - contrast[.all, 0, 0, 0]) / 8
    #expect(slopes.min().item >= 0.499 && slopes.max().item <= 1.501 && abs(slopes.mean().item - 1) < 0.05)
    #expect((contrast[.all, 0, 0, 1] - (5 - 3 * slopes)).norm(.infinity).item < 1e-5)
  }

  @Test(arguments: [DType.float32, .float64]) func `noise has its deviation and no mean`(_ dtype: DType) {
    let noise = draws([.noise(0.3)], of: Tensor(zeros: [2, 4, 5], dtype: dtype), rows: 500)
    #expect(noise.dtype == dtype && abs(noise.mean().item) < 0.01 && abs(noise.std().item - 0.3) < 0.005)
  }

  @Test func `a rectangle is erased in half of the images`() {
    let ones = Tensor(ones: [2, 20, 20])
    let images = draws([.erasing()], of: ones, rows: 1000)
    var (shares, heights): ([Double], [Double]) = ([], [])
    for row in 0..<1000 {
      let image = images[row]
      #expect(image[0].isIdentical(to: image[1]))
      let erased = 1 - image[0]
      guard erased.sum().item > 0 else { continue }
      let (rows, columns) = (erased.max(along: 1).sum().item, erased.max(along: 0).sum().item)
      #expect(rows * columns == erased.sum().item)
      shares.append(erased.mean().item)
      heights.append(log(rows / columns))
    }
    #expect(420...580 ~= shares.count)
    #expect(
      shares.min()! >= 0.01 && shares.max()! <= 0.35 && abs(shares.reduce(0, +) / Double(shares.count) - 0.17) < 0.02)
    #expect(abs(heights.reduce(0, +) / Double(heights.count)) < 0.15)
    // Nothing larger than the image fits into it.
    #expect(draws([.erasing(area: 1...1, probability: 1)], of: ones, rows: 1)[0].isIdentical(to: ones))
  }

  @Test func `a custom change draws from the image's numbers, as often as is said`() {
    let add = Augmentation.custom { image, generator in image + generator.nextUniform() }.with(probability: 0.25)
    let values = draws([add], of: Tensor(zeros: [1, 1, 1]), rows: 2000).elements(as: Double.self)
    let added = values.filter { $0 > 0 }
    #expect(400...600 ~= added.count && Set(added).count > added.count * 9 / 10)
    #expect(abs(added.reduce(0, +) / Double(added.count) - 0.5) < 0.05)
  }
}
