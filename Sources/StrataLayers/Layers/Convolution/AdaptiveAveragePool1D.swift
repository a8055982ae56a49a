import StrataTensor

/// The mean of each of R ranges that cover a channel of a sequence: range r is ⌊r T / R⌋ ..< ⌈(r + 1) T / R⌉. Ranges
/// overlap where R does not divide T.
///
/// ```swift
/// AdaptiveAveragePool1D(8)        // any sequence to 8 steps
/// ```
///
/// - Shapes: x is [B, C, T]; y is [B, C, R].
///
/// # Backward
/// y = Σ x / n passes dy / n on to each of the n elements of a range. For R = 2 and x = [1, 2, 6] the ranges are
/// [1, 2] and [2, 6], y = [1.5, 4], and dy = [2, 20] gives dx = [1, 11, 10]. Nothing is cached.
///
/// PyTorch's `nn.AdaptiveAvgPool1d`.
public struct AdaptiveAveragePool1D: Layer, CustomStringConvertible {
  /// The length of the output.
  public let size: Int

  /// The values that `backward` reads.
  public struct Cache: Sendable {
    let shape: Shape
    let dtype: DType
  }

  /// A pooling to this length.
  public init(_ size: Int) {
    require(
      size > 0 && size <= 1 << 20, "AdaptiveAveragePool1D(\(size)): the size must be from 1 to \(1 << 20)")
    self.size = size
  }

  public func forward(_ x: consuming Tensor) -> (Tensor, Cache) {
    let cache = Cache(shape: x.shape, dtype: x.dtype)
    return (self(x), cache)
  }

  public func backward(_ dy: consuming Tensor, _ cache: consuming Cache, _ gradients: inout Gradients) -> Tensor {
    let (shape, (rows, columns)) = (cache.shape, ranges(of: cache.shape))
    dy.requireGradient(of: description, output(of: shape), cache.dtype)
    return dy.reshaped(to: dy.shape.asImages).resampledBack(rows, columns).reshaped(to: shape)
  }

  public func callAsFunction(_ x: consuming Tensor) -> Tensor {
    let (shape, (rows, columns)) = (requireFloatingInput(copy x), ranges(of: x.shape))
    return x.reshaped(to: x.shape.asImages).resampled(rows, columns).reshaped(to: shape)
  }

  public func outputShape(for input: Shape) throws -> Shape {
    guard input.rank == 3, input[2] > 0, input[-1] > 0 else {
      throw ShapeError(
        description, expected: "[B, C, T]", input: input, remedy: "give it sequences batch first and channels second")
    }
    return output(of: input)
  }

  public var description: String { "AdaptiveAveragePool1D(\(size))" }

  private func output(of shape: Shape) -> Shape {
    shape.replacing(2, by: size)
  }

  private func ranges(of shape: Shape) -> (AxisMap, AxisMap) {
    (.one, AxisMap(means: shape[2], size))
  }
}
