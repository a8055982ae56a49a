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
  public var size: Int { ranges.size.width }

  private let ranges: AdaptiveRanges

  /// The values that `backward` reads.
  public struct Cache: Sendable {
    let shape: Shape
    let dtype: DType
  }

  /// A pooling to this length.
  public init(_ size: Int) {
    ranges = AdaptiveRanges("AdaptiveAveragePool1D", Size2D(1, size), isSequence: true)
  }

  public func forward(_ x: consuming Tensor) -> (Tensor, Cache) {
    let cache = Cache(shape: x.shape, dtype: x.dtype)
    return (self(x), cache)
  }

  public func backward(_ dy: consuming Tensor, _ cache: consuming Cache, _ gradients: inout Gradients) -> Tensor {
    let (shape, (rows, columns)) = (cache.shape, ranges.axes(of: cache.shape))
    dy.requireGradient(of: description, ranges.output(of: shape), cache.dtype)
    return dy.reshaped(to: dy.shape.asImages).resampledBack(rows, columns).reshaped(to: shape)
  }

  public func callAsFunction(_ x: consuming Tensor) -> Tensor {
    let (shape, (rows, columns)) = (requireFloatingInput(copy x), ranges.axes(of: x.shape))
    return x.reshaped(to: x.shape.asImages).resampled(rows, columns).reshaped(to: shape)
  }

  public func outputShape(for input: Shape) throws -> Shape { try ranges.outputShape(of: description, for: input) }

  public var description: String { "AdaptiveAveragePool1D(\(size))" }
}
