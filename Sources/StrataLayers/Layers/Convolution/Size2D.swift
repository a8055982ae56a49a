import StrataTensor

/// A height and a width: of a kernel, a stride or a padding. Written as one number where both are the same,
/// else as a pair: `3` or `[3, 5]`.
public struct Size2D: Hashable, Sendable {
  public let height, width: Int

  /// A height and a width.
  public init(_ height: Int, _ width: Int) {
    self.height = height
    self.width = width
  }

  /// The same height and width.
  public init(_ side: Int) { self.init(side, side) }
}

extension Size2D: ExpressibleByIntegerLiteral, ExpressibleByArrayLiteral {
  public init(integerLiteral side: Int) { self.init(side) }

  public init(arrayLiteral sides: Int...) {
    require(sides.count == 2, "Size2D: \(sides) is not a pair [height, width]")
    self.init(sides[0], sides[1])
  }
}

extension Size2D: CustomStringConvertible {
  public var description: String { height == width ? "\(height)" : "[\(height), \(width)]" }
}
