import Foundation
import StrataTensor

/// A random change of an image `[C, H, W]` that leaves its label true: one step of
/// ``BatchSource/augmented(with:filling:seed:)``.
///
/// ```swift
/// let train = data.augmented(with: [.horizontalFlip(), .crop(padding: 4), .noise(0.05).with(probability: 0.3)], seed: 1)
/// ```
///
/// Places are counted from the center of the image, x to the right and y downwards in pixels; an image is W by H pixels whose
/// values stand at their centers. Changes of place that follow each other are one affine map, and the image is sampled once:
/// between pixels bilinearly, and outside as ``Filling`` says. Values are not cut off at 0 and 1, unlike torchvision's, so
/// that images may be standardized before or after.
public struct Augmentation: Sendable {
  /// What stands outside of an image.
  public enum Filling: Sendable {
    /// Zeros: of images from 0 to 1 black, of standardized ones their mean.
    case zeros

    /// The nearest pixel of the edge.
    case edge
  }

  /// What is done to the images that are drawn.
  enum Effect: Sendable {
    case place(@Sendable (Shape, inout RandomGenerator) -> AffineMap)
    case values(@Sendable (Tensor, inout RandomGenerator) -> Tensor)
  }

  let effect: Effect

  /// How likely it is that an image is changed.
  public private(set) var probability = 1.0

  private init(_ effect: Effect) { self.effect = effect }

  /// The same change, made to an image with this probability.
  public func with(probability: Double) -> Augmentation {
    requireOption("Augmentation: the probability", probability, .fraction)
    var copy = self
    copy.probability = probability
    return copy
  }

  /// A change of your own. It draws from the generator alone, which gives an image the same numbers whatever its batch, and
  /// returns an image of the same shape and type.
  public static func custom(_ change: @escaping @Sendable (Tensor, inout RandomGenerator) -> Tensor) -> Augmentation {
    Augmentation(.values(change))
  }
}

// MARK: - Changes of place

extension Augmentation {
  /// x ← −x with this probability: left and right exchanged.
  public static func horizontalFlip(probability: Double = 0.5) -> Augmentation {
    Augmentation(.place { _, _ in AffineMap(xx: -1) }).with(probability: probability)
  }

  /// y ← −y with this probability: top and bottom exchanged.
  public static func verticalFlip(probability: Double = 0.5) -> Augmentation {
    Augmentation(.place { _, _ in AffineMap(yy: -1) }).with(probability: probability)
  }

  /// A window of the image's size in the image with a margin, at a random place: shifts by −padding to padding whole pixels
  /// in each direction, all equally likely. torchvision's `RandomCrop(size, padding)`.
  public static func crop(padding: Int) -> Augmentation {
    require(padding >= 0, "Augmentation.crop: a padding of \(padding) pixels is not possible; give 0 or more")
    return Augmentation(
      .place { _, generator in
        func draw() -> Double { Double(Int(generator.next(below: UInt64(2 * padding + 1))) - padding) }
        return AffineMap(x: draw(), y: draw())
      })
  }

  /// Shifts of at most this many pixels in each direction, fractions of a pixel among them.
  public static func shift(_ pixels: Double) -> Augmentation {
    requireOption("Augmentation.shift: the number of pixels", pixels, .notNegative)
    return Augmentation(
      .place { _, generator in
        AffineMap(x: generator.draw(from: -pixels...pixels), y: generator.draw(from: -pixels...pixels))
      })
  }

  /// Rotations about the center by an angle of the range, counterclockwise, in degrees.
  public static func rotation(degrees: ClosedRange<Double>) -> Augmentation { affine(degrees: degrees) }

  /// Rotations about the center by at most this angle in either direction, in degrees.
  public static func rotation(degrees: Double) -> Augmentation {
    requireOption("Augmentation.rotation: the angle", degrees, .notNegative)
    return rotation(degrees: -degrees...degrees)
  }

  /// Magnifications about the center by a factor of the range: 2 makes everything twice as large, so that half of the
  /// image is seen.
  public static func scale(_ range: ClosedRange<Double>) -> Augmentation { affine(scale: range) }

  /// Affine maps p ← s R(a) K(k) p + t about the center: sheared, rotated, magnified, and then shifted.
  ///
  /// R(a) = [cos a, sin a; −sin a, cos a] turns counterclockwise by a, where torchvision's `RandomAffine` turns clockwise,
  /// and K(k) = [1, −tan k; 0, 1] leans upright lines to the right by k. What is drawn is uniform in the range.
  ///
  /// - Parameters:
  ///   - degrees: The angle a.
  ///   - translation: t at most, as a share of the width and the height, in both directions; whole pixels are not kept.
  ///   - scale: The factor s, above 0.
  ///   - shear: The angle k in degrees, between −90 and 90.
  public static func affine(
    degrees: ClosedRange<Double> = 0...0, translation: Double = 0, scale: ClosedRange<Double> = 1...1,
    shear: ClosedRange<Double> = 0...0
  ) -> Augmentation {
    require(
      degrees.isFinite && 0...1 ~= translation && scale.lowerBound > 0 && scale.isFinite && shear.lowerBound > -90
        && shear.upperBound < 90,
      "Augmentation: rotations by \(degrees) must be finite, the translation \(translation) from 0 to 1, the scale "
        + "\(scale) finite and positive, and the shear \(shear) between -90 and 90 degrees")
    return Augmentation(
      .place { shape, generator in
        let map = AffineMap(
          undoing: generator.draw(from: scale), degrees: generator.draw(from: degrees),
          shear: generator.draw(from: shear))
        guard translation > 0 else { return map }
        let (x, y) = (
          generator.draw(from: -translation...translation), generator.draw(from: -translation...translation)
        )
        return AffineMap(x: -x * Double(shape[2]), y: -y * Double(shape[1])).then(map)
      })
  }
}

// MARK: - Changes of values

extension Augmentation {
  /// v ← f v with one factor f for the image, uniform in 1 − strength … 1 + strength.
  public static func brightness(_ strength: Double) -> Augmentation {
    let factors = factors(strength)
    return Augmentation(.values { image, generator in image * generator.draw(from: factors) })
  }

  /// v ← m + f (v − m) with the mean m of all values of the image and one factor f, uniform in 1 − strength … 1 + strength.
  ///
  /// torchvision takes the mean of the image in grey, which is another one for colours.
  public static func contrast(_ strength: Double) -> Augmentation {
    let factors = factors(strength)
    return Augmentation(
      .values { image, generator in
        let factor = generator.draw(from: factors)
        return image * factor + image.mean().item * (1 - factor)
      })
  }

  private static func factors(_ strength: Double) -> ClosedRange<Double> {
    requireOption("Augmentation: the strength of brightness or contrast", strength, .fraction)
    return 1 - strength...1 + strength
  }

  /// v ← v + ε with independent ε of the normal distribution.
  public static func noise(_ standardDeviation: Double) -> Augmentation {
    requireOption("Augmentation.noise: the standard deviation", standardDeviation, .notNegative)
    return Augmentation(
      .values { image, generator in
        image
          + Tensor(normal: image.shape, standardDeviation: standardDeviation, dtype: image.dtype, using: &generator)
      })
  }

  /// Zeros in a rectangle with this probability, whose area is a share of the image's and whose height is a multiple of its
  /// width, the first uniform in its range and the second so that h and 1 / h are equally likely; an image is left as it is
  /// where ten rectangles in a row do not fit into it.
  ///
  /// Zhong and others, "Random Erasing Data Augmentation", 2017, with torchvision's defaults.
  public static func erasing(
    area: ClosedRange<Double> = 0.02...0.33, aspect: ClosedRange<Double> = 0.3...3.3, probability: Double = 0.5
  ) -> Augmentation {
    require(
      area.lowerBound >= 0 && area.upperBound <= 1 && aspect.lowerBound > 0 && aspect.isFinite,
      "Augmentation.erasing: the area \(area) must lie in 0...1 and the aspect \(aspect) be finite and positive")
    return Augmentation(
      .values { image, generator in
        let (height, width) = (image.shape[1], image.shape[2])
        for _ in 0..<10 {
          let size = Double(height * width) * generator.draw(from: area)
          let ratio = exp(generator.draw(from: log(aspect.lowerBound)...log(aspect.upperBound)))
          let (h, w) = (Int((size * ratio).squareRoot().rounded()), Int((size / ratio).squareRoot().rounded()))
          guard h < height, w < width else { continue }
          let top = Int(generator.next(below: UInt64(height - h + 1)))
          let left = Int(generator.next(below: UInt64(width - w + 1)))
          var erased = image
          erased[.all, top..<top + h, left..<left + w] = 0.0
          return erased
        }
        return image
      }
    ).with(probability: probability)
  }
}

extension ClosedRange<Double> {
  fileprivate var isFinite: Bool { lowerBound.isFinite && upperBound.isFinite }
}

extension RandomGenerator {
  /// A number uniform in a range; the bound itself where both are the same.
  mutating func draw(from range: ClosedRange<Double>) -> Double {
    range.lowerBound + (range.upperBound - range.lowerBound) * nextUniform()
  }
}
