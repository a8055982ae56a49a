import StrataTensor

/// As many ranges of rows and columns as the output of an adaptive pooling has, which cover every plane. Sequences are images
/// of one row.
struct AdaptiveRanges: Sendable {
  let size: Size2D
  let isSequence: Bool

  private static let longest = 1 << 20

  init(_ layer: String, _ size: Size2D, isSequence: Bool = false) {
    require(
      min(size.height, size.width) > 0 && max(size.height, size.width) <= Self.longest,
      "\(layer)(\(isSequence ? "\(size.width)" : "\(size)")): the size must be from 1 to \(Self.longest)")
    (self.size, self.isSequence) = (size, isSequence)
  }

  /// The shape of the output.
  func outputShape(of layer: String, for input: Shape) throws -> Shape {
    guard input.rank == (isSequence ? 3 : 4), input[2] > 0, input[-1] > 0 else {
      throw ShapeError(
        layer, expected: isSequence ? "[B, C, T]" : "[B, C, H, W]", input: input,
        remedy: "give it \(isSequence ? "sequences" : "images") batch first and channels second")
    }
    return output(of: input)
  }

  /// The same for an input that fits.
  func output(of input: Shape) -> Shape {
    isSequence ? input.replacing(2, by: size.width) : input.replacing(2, by: size.height).replacing(3, by: size.width)
  }

  /// The ranges of the rows and of the columns of an input.
  func axes(of input: Shape) -> (rows: AxisMap, columns: AxisMap) {
    let images = input.asImages
    return (AxisMap(means: images[2], size.height), AxisMap(means: images[3], size.width))
  }
}
