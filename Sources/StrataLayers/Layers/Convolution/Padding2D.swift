import StrataTensor

/// The rows and columns of margin around images. Written as one number for all four sides, as a pair
/// `[height, width]` for opposite sides alike, side by side as `Padding2D(top: 0, bottom: 1, left: 0, right: 1)`, or
/// as ``same``.
public struct Padding2D: Hashable, Sendable {
  public let top, bottom, left, right: Int

  /// Whether the margins are those for which a window of stride 1 makes an output as large as its input.
  let isSame: Bool

  /// Margins of each side.
  public init(top: Int, bottom: Int, left: Int, right: Int) {
    self.init(top, bottom, left, right, isSame: false)
  }

  /// Rows above and below, and columns left and right.
  public init(_ height: Int, _ width: Int) { self.init(height, height, width, width, isSame: false) }

  /// The same margin on all sides.
  public init(_ side: Int) { self.init(side, side) }

  /// The margins for which a window of stride 1 makes an output as large as its input; of an odd number the last row
  /// or column is below or on the right, as in PyTorch.
  public static let same = Padding2D(0, 0, 0, 0, isSame: true)

  private init(_ top: Int, _ bottom: Int, _ left: Int, _ right: Int, isSame: Bool) {
    (self.top, self.bottom, self.left, self.right, self.isSame) = (top, bottom, left, right, isSame)
  }

  /// The margins that ``same`` means for a window that reaches over these many elements more than one.
  func resolved(for reach: Size2D) -> Padding2D {
    if !isSame { return self }
    let (top, left) = (reach.height / 2, reach.width / 2)
    return Padding2D(top: top, bottom: reach.height - top, left: left, right: reach.width - left)
  }

  var sides: [Int] { [top, bottom, left, right] }
}

extension Padding2D: ExpressibleByIntegerLiteral, ExpressibleByArrayLiteral {
  public init(integerLiteral side: Int) { self.init(side) }

  public init(arrayLiteral sides: Int...) {
    require(sides.count == 2, "Padding2D: \(sides) is not a pair [height, width]")
    self.init(sides[0], sides[1])
  }
}

extension Padding2D: CustomStringConvertible {
  public var description: String {
    if isSame { return ".same" }
    if top == bottom && left == right { return "\(Size2D(top, left))" }
    return "[top: \(top), bottom: \(bottom), left: \(left), right: \(right)]"
  }
}
