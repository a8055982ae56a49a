import StrataTensor

/// Images enlarged, or made smaller, to another height and width by copying or interpolating elements.
///
/// ```swift
/// Upsample(scale: 2)                                          // each element as a square of 2 × 2
/// Upsample(scale: 2, mode: .bilinear())
/// Upsample(size: [56, 56], mode: .bilinear(alignCorners: true))
/// ```
///
/// With s = H / R the size of an output element in elements of x, row r of y is taken at row
/// - ⌊r s⌋ for `.nearest`,
/// - (r + ½) s − ½, or 0 where that is negative, for `.bilinear()`: corners of the images lie on each other,
/// - r (H − 1) / (R − 1) for `.bilinear(alignCorners: true)`: centers of the outermost elements do;
///
/// columns likewise. Between two rows q and q + 1, y is (1 − λ) x[q] + λ x[q + 1], with λ the fraction of the place.
///
/// - Shapes: x is [B, C, H, W]; y is [B, C, R, S], with R = H · scale or the given size.
///
/// # Backward
/// y is linear in x, so dx[q] is the sum of dy[r], each times the weight of x[q] in y[r]. For `scale: [1, 2]` and x =
/// [1, 3], `.bilinear()` gives y = [1, 1.5, 2.5, 3], and dy = [4, 4, 40, 40] gives dx = [17, 71]. Nothing is cached.
///
/// PyTorch's `nn.Upsample`.
public struct Upsample: Layer, CustomStringConvertible {
  /// How elements between those of x are made.
  public enum Mode: Hashable, Sendable {
    /// The element whose place is next below.
    case nearest
    /// A weighted mean of the four elements around.
    case bilinear(alignCorners: Bool = false)
  }

  /// The factors of height and width, where no size is given.
  public let scale: Size2D?

  /// The height and width of the output, where no factors are given.
  public let size: Size2D?

  /// How elements between those of x are made.
  public let mode: Mode

  /// The shape of x, and its type.
  public struct Cache: Sendable {
    let shape: Shape
    let dtype: DType
  }

  /// A layer that makes height and width larger by factors.
  public init(scale: Size2D, mode: Mode = .nearest) {
    Self.requirePositive("scale", scale)
    (self.scale, size, self.mode) = (scale, nil, mode)
  }

  /// A layer that makes images of one size.
  public init(size: Size2D, mode: Mode = .nearest) {
    Self.requirePositive("size", size)
    (scale, self.size, self.mode) = (nil, size, mode)
  }

  public func forward(_ x: consuming Tensor) -> (Tensor, Cache) {
    let cache = Cache(shape: x.shape, dtype: x.dtype)
    return (self(x), cache)
  }

  public func backward(_ dy: consuming Tensor, _ cache: consuming Cache, _ gradients: inout Gradients) -> Tensor {
    let (rows, columns) = maps(of: cache.shape)
    dy.requireGradient(of: description, output(of: cache.shape), cache.dtype)
    return dy.resampledBack(rows, columns)
  }

  public func callAsFunction(_ x: consuming Tensor) -> Tensor {
    _ = requireFloatingInput(copy x)
    let (rows, columns) = maps(of: x.shape)
    return x.resampled(rows, columns)
  }

  public func outputShape(for input: Shape) throws -> Shape {
    guard input.rank == 4, input[2] > 0, input[3] > 0 else {
      throw ShapeError(
        description, expected: "[B, C, H, W]", input: input, remedy: "give it images batch first and channels second")
    }
    let output = output(of: input)
    guard Double(output[2]) * Double(output[3]) < 0x1p31 else {
      throw ShapeError(
        description, expected: "[B, C, H, W]", input: input, remedy: "its output would be too large: enlarge it less")
    }
    return output
  }

  public var description: String {
    let target = scale.map { "scale: \($0)" } ?? "size: \(size!)"
    return switch mode {
    case .nearest: "Upsample(\(target))"
    case .bilinear(false): "Upsample(\(target), mode: .bilinear())"
    case .bilinear(true): "Upsample(\(target), mode: .bilinear(alignCorners: true))"
    }
  }

  private static func requirePositive(_ name: String, _ size: Size2D) {
    require(
      1...1 << 20 ~= size.height && 1...1 << 20 ~= size.width,
      "Upsample: \(name) \(size) must be from 1 to \(1 << 20)")
  }

  private func output(of shape: Shape) -> Shape {
    let target = size ?? Size2D(shape[2] * scale!.height, shape[3] * scale!.width)
    return shape.replacing(2, by: target.height).replacing(3, by: target.width)
  }

  private func maps(of shape: Shape) -> (AxisMap, AxisMap) {
    let output = output(of: shape)
    return (map(shape[2], output[2]), map(shape[3], output[3]))
  }

  private func map(_ inputs: Int, _ outputs: Int) -> AxisMap {
    switch mode {
    case .nearest: AxisMap(inputs: inputs, (0..<outputs).map { ($0 * inputs / outputs, [1]) })
    case .bilinear(false): AxisMap(bilinear: inputs, outputs)
    case .bilinear(true):
      // One output has no step; it is the first element.
      AxisMap(
        inputs: inputs, interpolatedAt: (0..<outputs).map { Double($0 * (inputs - 1)) / Double(max(1, outputs - 1)) })
    }
  }
}
