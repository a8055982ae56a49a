import StrataTensor

/// The mean of each of R × S ranges that cover a plane: range r is ⌊r H / R⌋ ..< ⌈(r + 1) H / R⌉, and of the columns
/// likewise. Ranges overlap where R does not divide H.
///
/// ```swift
/// AdaptiveAveragePool2D([7, 7])        // any image to 7 × 7
/// ```
///
/// - Shapes: x is [B, C, H, W]; y is [B, C, R, S].
///
/// # Backward
/// y = Σ x / n passes dy / n on to each of the n elements of a range. For R = 2 and x = [1, 2, 6] the ranges are
/// [1, 2] and [2, 6], y = [1.5, 4], and dy = [2, 20] gives dx = [1, 11, 10]. Nothing is cached.
///
/// PyTorch's `nn.AdaptiveAvgPool2d`.
public struct AdaptiveAveragePool2D: Layer, CustomStringConvertible {
  /// The height and width of the output.
  public var size: Size2D { ranges.size }

  private let ranges: AdaptiveRanges

  /// The values that `backward` reads.
  public struct Cache: Sendable {
    let shape: Shape
    let dtype: DType
  }

  /// A pooling to this height and width.
  public init(_ size: Size2D) {
    ranges = AdaptiveRanges("AdaptiveAveragePool2D", size)
  }

  public func forward(_ x: consuming Tensor) -> (Tensor, Cache) {
    let cache = Cache(shape: x.shape, dtype: x.dtype)
    return (self(x), cache)
  }

  public func backward(_ dy: consuming Tensor, _ cache: consuming Cache, _ gradients: inout Gradients) -> Tensor {
    let (shape, (rows, columns)) = (cache.shape, ranges.axes(of: cache.shape))
    dy.requireGradient(of: description, ranges.output(of: shape), cache.dtype)
    return dy.resampledBack(rows, columns)
  }

  public func callAsFunction(_ x: consuming Tensor) -> Tensor {
    let (shape, (rows, columns)) = (requireFloatingInput(copy x), ranges.axes(of: x.shape))
    return x.resampled(rows, columns).reshaped(to: shape)
  }

  public func outputShape(for input: Shape) throws -> Shape { try ranges.outputShape(of: description, for: input) }

  public var description: String { "AdaptiveAveragePool2D(\(size))" }
}
