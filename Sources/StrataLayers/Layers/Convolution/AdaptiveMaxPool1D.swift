import StrataTensor

/// The largest element of each of R ranges that cover a channel of a sequence: range r is ⌊r T / R⌋ ..< ⌈(r + 1) T /
/// R⌉. Ranges overlap where R does not divide T.
///
/// ```swift
/// AdaptiveMaxPool1D(8)        // any sequence to 8 steps
/// ```
///
/// - Shapes: x is [B, C, T]; y is [B, C, R].
///
/// # Backward
/// dx at the place of the largest element is the sum of dy over the ranges that it wins, else 0. Of equals the first
/// wins; a NaN wins over any number. For R = 2 and x = [1, 6, 2] the ranges are [1, 6] and [6, 2], y = [6, 6], and dy =
/// [1, 10] gives dx = [0, 11, 0]. The cache is the place of each output, `int32`.
///
/// PyTorch's `nn.AdaptiveMaxPool1d`.
public struct AdaptiveMaxPool1D: Layer, CustomStringConvertible {
  /// The length of the output.
  public var size: Int { ranges.size.width }

  private let ranges: AdaptiveRanges

  /// The values that `backward` reads.
  public struct Cache: Sendable {
    let shape: Shape
    let dtype: DType
    /// Where in its plane each output stands.
    package let places: Tensor
  }

  /// A pooling to this length.
  public init(_ size: Int) {
    ranges = AdaptiveRanges("AdaptiveMaxPool1D", Size2D(1, size), isSequence: true)
  }

  public func forward(_ x: consuming Tensor) -> (Tensor, Cache) {
    let (x, shape) = (copy x, requireFloatingInput(copy x))
    let (rows, columns) = ranges.axes(of: x.shape)
    let (y, places) = x.reshaped(to: x.shape.asImages).largest(rows, columns)
    return (y.reshaped(to: shape), Cache(shape: x.shape, dtype: x.dtype, places: places))
  }

  public func backward(_ dy: consuming Tensor, _ cache: consuming Cache, _ gradients: inout Gradients) -> Tensor {
    let (shape, places) = (cache.shape, cache.places)
    dy.requireGradient(of: description, ranges.output(of: shape), cache.dtype)
    return dy.reshaped(to: dy.shape.asImages).added(at: places, of: 1, shape[2]).reshaped(to: shape)
  }

  public func outputShape(for input: Shape) throws -> Shape { try ranges.outputShape(of: description, for: input) }

  public var description: String { "AdaptiveMaxPool1D(\(size))" }
}
