/// The length of each axis of a tensor, the slowest-varying first.
///
/// ```swift
/// let batch: Shape = [64, 784]
/// batch[0]       // 64
/// batch.count    // 50176 elements
/// ```
public struct Shape: Hashable, Sendable {
  /// The lengths, none negative.
  public let lengths: [Int]

  /// The number of elements: the product of the lengths, 1 for a scalar's shape `[]`.
  public let count: Int

  /// The largest product of lengths, those of 0 left out: 2⁵⁹.
  package static let maximumCount = 1 << 59

  /// A shape of these axis lengths.
  ///
  /// A negative length, or a product beyond 2⁵⁹, stops the program. Axes without elements are left out of that product,
  /// so that code may multiply any of the lengths, and count bytes.
  public init(_ lengths: [Int]) {
    var product = 1
    for length in lengths where length != 0 {
      require(length > 0, "shape \(lengths) has a negative axis length")
      let (next, overflow) = product.multipliedReportingOverflow(by: length)
      require(!overflow && next <= Self.maximumCount, "shape \(lengths) has more elements than can be counted")
      product = next
    }
    self.lengths = lengths
    count = lengths.contains(0) ? 0 : product
  }

  /// The number of axes.
  public var rank: Int { lengths.count }

  /// The length of an axis; a negative axis counts from the end, -1 being the last.
  public subscript(axis: Int) -> Int { lengths[resolve(axis)] }

  /// The shape without its first axis.
  public var rowShape: Shape { Shape(Array(lengths.dropFirst())) }

  /// The same shape with another length of its first axis.
  public func withLeading(_ length: Int) -> Shape { with(length, at: 0) }

  /// The same shape with another length of its last axis.
  public func withTrailing(_ length: Int) -> Shape { with(length, at: -1) }

  private func with(_ length: Int, at axis: Int) -> Shape {
    var lengths = lengths
    lengths[resolve(axis)] = length
    return Shape(lengths)
  }

  /// The axis as a number from 0, checked.
  package func resolve(_ axis: Int) -> Int {
    let rank = rank
    let resolved = axis < 0 ? axis + rank : axis
    require(
      resolved >= 0 && resolved < rank,
      "axis \(axis) is out of range for shape \(self), which has \(rank) axes")
    return resolved
  }
}

extension Shape: ExpressibleByArrayLiteral {
  public init(arrayLiteral lengths: Int...) { self.init(lengths) }
}

extension Shape: CustomStringConvertible {
  public var description: String { "\(lengths)" }
}
