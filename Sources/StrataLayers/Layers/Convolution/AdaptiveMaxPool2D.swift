import StrataTensor

/// The largest element of each of R × S ranges that cover a plane: range r is ⌊r H / R⌋ ..< ⌈(r + 1) H / R⌉, and of the
/// columns likewise. Ranges overlap where R does not divide H.
///
/// ```swift
/// AdaptiveMaxPool2D([7, 7])        // any image to 7 × 7
/// ```
///
/// - Shapes: x is [B, C, H, W]; y is [B, C, R, S].
///
/// # Backward
/// dx at the place of the largest element is the sum of dy over the ranges that it wins, else 0. Of equals the first
/// wins; a NaN wins over any number. For R = 2 and x = [1, 6, 2] the ranges are [1, 6] and [6, 2], y = [6, 6], and dy =
/// [1, 10] gives dx = [0, 11, 0]. The cache is the place of each output, `int32`.
///
/// PyTorch's `nn.AdaptiveMaxPool2d`.
public struct AdaptiveMaxPool2D: Layer, CustomStringConvertible {
  /// The height and width of the output.
  public var size: Size2D { ranges.size }

  private let ranges: AdaptiveRanges

  /// The values that `backward` reads.
  public struct Cache: Sendable {
    let shape: Shape
    let dtype: DType
    /// Where in its plane each output stands.
    package let places: Tensor
  }

  /// A pooling to this height and width.
  public init(_ size: Size2D) {
    ranges = AdaptiveRanges("AdaptiveMaxPool2D", size)
  }

  public func forward(_ x: consuming Tensor) -> (Tensor, Cache) {
    let (x, shape) = (copy x, requireFloatingInput(copy x))
    let (rows, columns) = ranges.axes(of: x.shape)
    let (y, places) = x.largest(rows, columns)
    return (y.reshaped(to: shape), Cache(shape: x.shape, dtype: x.dtype, places: places))
  }

  public func backward(_ dy: consuming Tensor, _ cache: consuming Cache, _ gradients: inout Gradients) -> Tensor {
    let (shape, places) = (cache.shape, cache.places)
    dy.requireGradient(of: description, ranges.output(of: shape), cache.dtype)
    return dy.added(at: places, of: shape[2], shape[3])
  }

  public func outputShape(for input: Shape) throws -> Shape { try ranges.outputShape(of: description, for: input) }

  public var description: String { "AdaptiveMaxPool2D(\(size))" }
}
