import Foundation
import StrataData
import StrataTensor

/// An example as a picture for a page.
struct Picture: Sendable, Equatable {
  let width: Int
  let height: Int
  /// The file.
  let png: [UInt8]

  /// What its file is as an address: a page holds it itself.
  var address: String { "data:image/png;base64," + Data(png).base64EncodedString() }

  /// The most pixels of a side; larger pictures are shown by every n-th pixel.
  private static let longestSide = 128

  /// Whether an example of this shape is taken for a picture by itself: `[1, H, W]` or `[3, H, W]`.
  static func isPicture(_ shape: Shape) -> Bool { shape.rank == 3 && hasForm(shape) && shape[1] > 1 && shape[2] > 1 }

  /// Whether a shape is `[H, W]`, `[1, H, W]` or `[3, H, W]`.
  static func hasForm(_ shape: Shape) -> Bool {
    shape.count > 0 && (shape.rank == 2 || shape.rank == 3 && (shape[0] == 1 || shape[0] == 3))
  }

  /// The picture of numbers of a shape that ``hasForm(_:)``: black is 0 and white 1, or, where numbers lie outside, the
  /// least and the greatest of them.
  init(_ numbers: [Float], shape: Shape) {
    let (channels, rows, columns) = (shape.rank == 3 ? shape[0] : 1, shape[-2], shape[-1])
    let step = max(1, (max(rows, columns) + Self.longestSide - 1) / Self.longestSide)
    (height, width) = ((rows + step - 1) / step, (columns + step - 1) / step)
    let finite = numbers.filter(\.isFinite)
    let (least, greatest) = (finite.min() ?? 0, finite.max() ?? 1)
    let isInside = least >= 0 && greatest <= 1
    let (black, white) = isInside || least == greatest ? (0, 1) : (least, greatest)
    var pixels: [UInt8] = []
    pixels.reserveCapacity(width * height * channels)
    for row in stride(from: 0, to: rows, by: step) {
      for column in stride(from: 0, to: columns, by: step) {
        for channel in 0..<channels {
          let number = numbers[(channel * rows + row) * columns + column]
          // Halves, since the difference of the ends can overflow.
          let share = number.isFinite ? (number / 2 - black / 2) / (white / 2 - black / 2) : 0
          pixels.append(UInt8((max(0, min(1, share)) * 255).rounded()))
        }
      }
    }
    png = PNG.encoded(pixels, width: width, height: height, channels: channels)
  }
}
