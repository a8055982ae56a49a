import StrataTensor

/// y[b, c, r] = mean over i of x[b, c, r·t + i − p], with t the stride and p the padding: the mean of a window that
/// slides over each channel of a sequence.
///
/// What lies in the margin counts as 0, or with `countsPadding: false` is no element of the window; what lies beyond
/// the margin, where ``ceilMode`` lets a window reach, is no element in either case.
///
/// - Shapes: x is [B, C, T]; y is [B, C, R] with R = ⌊(T + 2p − k) / t⌋ + 1; with ``ceilMode`` ⌈ ⌉ instead, but no
///   window begins beyond the sequence and the margin before it.
///
/// # Backward
/// That of ``AveragePool2D``: for windows of 2 and t = 1 on x = [1, 4, 4, 2], y = [2.5, 4, 3], and dy = [2, 20, 200]
/// gives dx = [1, 11, 110, 100]. The cache is n, and no sequence.
///
/// PyTorch's `nn.AvgPool1d`; `countsPadding` is its `count_include_pad`.
public struct AveragePool1D: Layer, CustomStringConvertible {
  /// Whether the margin counts among a window's elements.
  public let countsPadding: Bool

  /// The length of the window.
  public var kernel: Int { geometry.kernel.width }
  /// The steps of the window.
  public var stride: Int { geometry.stride.width }
  /// The steps of margin on each side of the input.
  public var padding: Int { geometry.padding.left }
  /// Whether a last window that reaches beyond the margin counts.
  public var ceilMode: Bool { geometry.ceilMode }

  private let geometry: WindowGeometry

  /// The values that `backward` reads.
  public struct Cache: Sendable {
    let sliding: SlidingWindow
    /// How many elements each window's sum has, for every plane or one for all.
    let counts: Tensor
  }

  /// A pooling whose stride is the kernel's size unless given.
  public init(
    kernel: Int, stride: Int? = nil, padding: Int = 0, ceilMode: Bool = false, countsPadding: Bool = true
  ) {
    geometry = WindowGeometry(
      pooling: "AveragePool1D", kernel: Size2D(1, kernel), stride: Size2D(1, stride ?? kernel),
      padding: Size2D(0, padding), ceilMode: ceilMode, isSequence: true)
    self.countsPadding = countsPadding
  }

  public func forward(_ x: consuming Tensor) -> (Tensor, Cache) {
    let (x, shape) = (copy x, requireFloatingInput(copy x))
    let sliding = SlidingWindow(geometry, from: x.shape, to: shape, planewise: true)
    let counts = geometry.counts(sliding, countsPadding: countsPadding, x.dtype)
    return (sliding.sums(x) / counts, Cache(sliding: sliding, counts: counts))
  }

  public func backward(_ dy: consuming Tensor, _ cache: consuming Cache, _ gradients: inout Gradients) -> Tensor {
    let (sliding, counts) = (cache.sliding, cache.counts)
    dy.requireGradient(of: description, sliding.output, counts.dtype)
    return sliding.sumsBack(dy / counts)
  }

  public func outputShape(for input: Shape) throws -> Shape {
    try geometry.outputShape(description, for: input)
  }

  public var description: String {
    "AveragePool1D(\(geometry.description(defaultStride: geometry.kernel))"
      + (countsPadding ? ")" : ", countsPadding: false)")
  }
}
