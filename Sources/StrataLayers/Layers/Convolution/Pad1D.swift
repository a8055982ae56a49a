import StrataTensor

/// x with a margin before and after each channel of a sequence: zeros, or elements of x as ``PaddingMode`` says.
///
/// ```swift
/// Pad1D(Padding1D(left: 4, right: 0))                // [B, C, T] to [B, C, 4 + T]
/// Pad1D(2, mode: .reflect)
/// ```
///
/// - Shapes: x is [B, C, T]; y is [B, C, left + T + right].
///
/// # Backward
/// Each element of y is one of x or 0, so dx is the sum of dy over the places at which an element stands. For
/// x = [1, 2, 3] with a margin of 1 and `.reflect`, y = [2, 1, 2, 3, 2], and dy = [1, 10, 100, 1000, 10000] gives
/// dx = [10, 10101, 1000]. Nothing is cached.
///
/// PyTorch's `nn.ZeroPad1d`, `nn.ReflectionPad1d`, `nn.ReplicationPad1d` and `nn.CircularPad1d`.
public struct Pad1D: Layer, CustomStringConvertible {
  /// The steps of margin.
  public let padding: Padding1D

  /// What stands in the margin.
  public let mode: PaddingMode

  /// The shape of x, and its type.
  public struct Cache: Sendable {
    let shape: Shape
    let dtype: DType
  }

  /// A layer that puts a margin around sequences.
  public init(_ padding: Padding1D, mode: PaddingMode = .zeros) {
    require(
      padding.isNumbers && 0...1 << 20 ~= padding.left && 0...1 << 20 ~= padding.right,
      "Pad1D: padding \(padding) must be numbers from 0 to \(1 << 20)")
    (self.padding, self.mode) = (padding, mode)
  }

  public func forward(_ x: consuming Tensor) -> (Tensor, Cache) {
    let cache = Cache(shape: x.shape, dtype: x.dtype)
    return (self(x), cache)
  }

  public func backward(_ dy: consuming Tensor, _ cache: consuming Cache, _ gradients: inout Gradients) -> Tensor {
    let steps = margins(of: cache.shape)
    dy.requireGradient(of: description, cache.shape.replacing(2, by: steps.outputs), cache.dtype)
    let shape = cache.shape
    return dy.reshaped(to: dy.shape.asImages).resampledBack(.one, steps).reshaped(to: shape)
  }

  public func callAsFunction(_ x: consuming Tensor) -> Tensor {
    let (shape, steps) = (requireFloatingInput(copy x), margins(of: x.shape))
    return x.reshaped(to: x.shape.asImages).resampled(.one, steps).reshaped(to: shape)
  }

  public func outputShape(for input: Shape) throws -> Shape {
    guard input.rank == 3, input[2] > 0 else {
      throw ShapeError(
        description, expected: "[B, C, T]", input: input, remedy: "give it sequences batch first and channels second")
    }
    try mode.checkMargins(description, input, [0], [padding.left, padding.right])
    return input.replacing(2, by: padding.left + input[2] + padding.right)
  }

  public var description: String { "Pad1D(\(padding)\(mode == .zeros ? "" : ", mode: .\(mode)"))" }

  private func margins(of shape: Shape) -> AxisMap {
    AxisMap(padding: shape[2], padding.left, padding.right, mode)
  }
}
