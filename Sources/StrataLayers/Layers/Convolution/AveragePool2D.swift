import StrataTensor

/// y[b, c, r, s] = mean over i, j of x[b, c, r·t + i − p, s·t + j − p], with t the stride and p the padding:
/// the mean of a window that slides over each plane.
///
/// What lies outside counts as 0, or with `countsPadding: false` is no element of the window.
///
/// - Shapes: x is [B, C, H, W]; y is [B, C, R, S] with R = ⌊(H + 2p − kh) / t⌋ + 1, S likewise.
///
/// # Backward
/// y = Σ x / n passes dy / n on to each of the n elements, so dx is the sum of dy / n over the windows that
/// an element is in. For windows of 2 and t = 1 on x = [1, 4, 4, 2]: y = [2.5, 4, 3], and dy = [2, 20, 200]
/// gives dx = [1, 11, 110, 100]. The cache is n, and no image.
///
/// PyTorch's `nn.AvgPool2d`, without `ceil_mode`; `countsPadding` is its `count_include_pad`.
public struct AveragePool2D: Layer, CustomStringConvertible {
  /// Whether the margin counts among a window's elements.
  public let countsPadding: Bool

  /// The height and width of the window.
  public var kernel: Size2D { geometry.kernel }
  /// The steps of the window.
  public var stride: Size2D { geometry.stride }
  /// The rows and columns of margin on each side of the input.
  public var padding: Size2D { geometry.padding }

  private let geometry: WindowGeometry

  /// The values that `backward` reads.
  public struct Cache: Sendable {
    let sliding: SlidingWindow
    /// How many elements each window's sum has, for every plane or one for all.
    let counts: Tensor
  }

  /// A pooling whose stride is the kernel's size unless given.
  public init(kernel: Size2D, stride: Size2D? = nil, padding: Size2D = 0, countsPadding: Bool = true) {
    geometry = WindowGeometry(pooling: "AveragePool2D", kernel: kernel, stride: stride, padding: padding)
    self.countsPadding = countsPadding
  }

  public func forward(_ x: consuming Tensor) -> (Tensor, Cache) {
    let (x, shape) = (copy x, requireFloatingInput(copy x))
    let sliding = SlidingWindow(geometry, from: x.shape, to: shape, planewise: true)
    let counts = counts(shape, x.shape, x.dtype)
    return (sums(x, sliding) / counts, Cache(sliding: sliding, counts: counts))
  }

  public func backward(_ dy: consuming Tensor, _ cache: consuming Cache, _ gradients: inout Gradients) -> Tensor {
    let (sliding, counts) = (cache.sliding, cache.counts)
    dy.requireGradient(of: description, sliding.output, counts.dtype)
    let shares = dy / counts
    return counts.dtype.withKernels(for: description) { sliding.inputGradient(shares, ones(counts.dtype), $0) }
  }

  public func outputShape(for input: Shape) throws -> Shape {
    try geometry.outputShape(description, for: input)
  }

  public var description: String {
    "AveragePool2D(\(geometry.description(defaultStride: geometry.kernel))"
      + (countsPadding ? ")" : ", countsPadding: false)")
  }

  /// The windows' sums: a convolution with ones.
  private func sums(_ x: Tensor, _ sliding: SlidingWindow) -> Tensor {
    x.dtype.withKernels(for: description) { sliding.convolved(x, ones(x.dtype), nil, $0) }
  }

  private func ones(_ dtype: DType) -> Tensor {
    Tensor(ones: [geometry.kernel.height, geometry.kernel.width], dtype: dtype)
  }

  private func counts(_ output: Shape, _ input: Shape, _ dtype: DType) -> Tensor {
    if countsPadding { return ones(dtype).sum() }
    let plane: Shape = [1, 1, input[2], input[3]]
    let one = SlidingWindow(geometry, from: plane, to: [1, 1, output[2], output[3]], planewise: true)
    return sums(Tensor(ones: plane, dtype: dtype), one)
  }
}
