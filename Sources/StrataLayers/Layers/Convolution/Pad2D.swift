import StrataTensor

/// x with a margin around each plane: zeros, or elements of x as ``PaddingMode`` says.
///
/// ```swift
/// Pad2D(1)                                                             // [B, C, H, W] to [B, C, H + 2, W + 2]
/// Pad2D(Padding2D(top: 0, bottom: 1, left: 0, right: 2), mode: .replicate)
/// ```
///
/// - Shapes: x is [B, C, H, W]; y is [B, C, top + H + bottom, left + W + right].
///
/// # Backward
/// Each element of y is one of x or 0, so dx is the sum of dy over the places at which an element stands. For
/// x = [1, 2, 3] with a margin of 1 column and `.replicate`, y = [1, 1, 2, 3, 3], and dy = [1, 10, 100, 1000, 10000]
/// gives dx = [11, 100, 11000]. Nothing is cached.
///
/// PyTorch's `nn.ZeroPad2d`, `nn.ReflectionPad2d`, `nn.ReplicationPad2d` and `nn.CircularPad2d`.
public struct Pad2D: Layer, CustomStringConvertible {
  /// The rows and columns of margin.
  public let padding: Padding2D

  /// What stands in the margin.
  public let mode: PaddingMode

  /// The shape of x, and its type.
  public struct Cache: Sendable {
    let shape: Shape
    let dtype: DType
  }

  /// A layer that puts a margin around planes.
  public init(_ padding: Padding2D, mode: PaddingMode = .zeros) {
    require(
      !padding.isSame && padding.sides.allSatisfy { 0...1 << 20 ~= $0 },
      "Pad2D: padding \(padding) must be numbers from 0 to \(1 << 20)")
    (self.padding, self.mode) = (padding, mode)
  }

  public func forward(_ x: consuming Tensor) -> (Tensor, Cache) {
    let cache = Cache(shape: x.shape, dtype: x.dtype)
    return (self(x), cache)
  }

  public func backward(_ dy: consuming Tensor, _ cache: consuming Cache, _ gradients: inout Gradients) -> Tensor {
    let (rows, columns) = margins(of: cache.shape)
    dy.requireGradient(
      of: description, cache.shape.replacing(2, by: rows.outputs).replacing(3, by: columns.outputs), cache.dtype)
    return dy.resampledBack(rows, columns)
  }

  public func callAsFunction(_ x: consuming Tensor) -> Tensor {
    _ = requireFloatingInput(copy x)
    let (rows, columns) = margins(of: x.shape)
    return x.resampled(rows, columns)
  }

  public func outputShape(for input: Shape) throws -> Shape {
    guard input.rank == 4, input[2] > 0, input[3] > 0 else {
      throw ShapeError(
        description, expected: "[B, C, H, W]", input: input, remedy: "give it images batch first and channels second")
    }
    try mode.checkMargins(description, input, [padding.top, padding.bottom], [padding.left, padding.right])
    return input.replacing(2, by: padding.top + input[2] + padding.bottom)
      .replacing(3, by: padding.left + input[3] + padding.right)
  }

  public var description: String { "Pad2D(\(padding)\(mode == .zeros ? "" : ", mode: .\(mode)"))" }

  private func margins(of shape: Shape) -> (AxisMap, AxisMap) {
    (
      AxisMap(padding: shape[2], padding.top, padding.bottom, mode),
      AxisMap(padding: shape[3], padding.left, padding.right, mode)
    )
  }
}

extension PaddingMode {
  /// Throws where an image or a sequence has too few elements to fill a margin with.
  func checkMargins(_ layer: String, _ input: Shape, _ rows: [Int], _ columns: [Int]) throws {
    let height = input.rank > 3 ? input[2] : 1
    guard rows.max()! <= largestMargin(of: height), columns.max()! <= largestMargin(of: input[-1]) else {
      throw ShapeError(
        layer, expected: input.rank > 3 ? "[B, C, H, W]" : "[B, C, T]", input: input,
        remedy: "its margin is filled with elements of the input, which has too few: give it less padding, or fill it "
          + "with zeros")
    }
  }
}
