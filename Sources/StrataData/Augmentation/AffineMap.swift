import Foundation
import StrataTensor

/// Where each place of a new image is read in the old one: x ← xx · x + xy · y + x₀, y ← yx · x + yy · y + y₀, in pixels from
/// the center, y downwards.
struct AffineMap {
  var (xx, xy, yx, yy) = (1.0, 0.0, 0.0, 1.0)
  var (x, y) = (0.0, 0.0)

  init(xx: Double = 1, yy: Double = 1, x: Double = 0, y: Double = 0) {
    (self.xx, self.yy, self.x, self.y) = (xx, yy, x, y)
  }

  /// The inverse of s R(a) K(k), which is K(−k) R(−a) / s; exact for quarters of a turn.
  init(undoing scale: Double, degrees: Double, shear: Double) {
    let quarters = (degrees / 90).rounded()
    let rest = (degrees - 90 * quarters) * .pi / 180
    let (c, s) = (cos(rest), sin(rest))
    let (cosine, sine) =
      switch quarters.truncatingRemainder(dividingBy: 4) {
      case 1, -3: (-s, c)
      case 2, -2: (-c, -s)
      case 3, -1: (s, -c)
      default: (c, s)
      }
    let lean = tan(shear * .pi / 180)
    (xx, xy) = ((cosine + lean * sine) / scale, (lean * cosine - sine) / scale)
    (yx, yy) = (sine / scale, cosine / scale)
  }

  /// The map that leads on from the places of this one by another.
  func then(_ next: AffineMap) -> AffineMap {
    var map = AffineMap()
    (map.xx, map.xy) = (next.xx * xx + next.xy * yx, next.xx * xy + next.xy * yy)
    (map.yx, map.yy) = (next.yx * xx + next.yy * yx, next.yx * xy + next.yy * yy)
    (map.x, map.y) = (next.xx * x + next.xy * y + next.x, next.yx * x + next.yy * y + next.y)
    return map
  }

  /// Returns an image `[C, H, W]` that is read from another at these places.
  func sampled(_ image: Tensor, filling: Augmentation.Filling) -> Tensor {
    let (channels, height, width) = (image.shape[0], image.shape[1], image.shape[2])
    let (cx, cy) = (Double(width - 1) / 2, Double(height - 1) / 2)
    // From the corner instead of the center.
    let places = [xx, xy, x + cx - xx * cx - xy * cy, yx, yy, y + cy - yx * cx - yy * cy]
    let result = Tensor(uninitialized: image.shape, dtype: image.dtype)
    func run<T: KernelScalar>(_ type: T.Type) {
      T.affineSample(
        channels, height, width, places, filling == .edge ? 1 : 0, image.pointer(type), result.mutablePointer(type))
    }
    image.dtype.withKernels(for: "augmented") { run($0) }
    return result
  }
}
