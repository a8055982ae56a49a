import StrataTensor

/// y[b, c, r, s] = mean over i, j of x[b, c, r·t + i − p, s·t + j − p], with t the stride and p the padding:
/// the mean of a window that slides over each plane.
///
/// What lies in the margin counts as 0, or with `countsPadding: false` is no element of the window; what lies beyond
/// the margin, where ``ceilMode`` lets a window reach, is no element in either case.
///
/// - Shapes: x is [B, C, H, W]; y is [B, C, R, S] with R = ⌊(H + 2p − kh) / t⌋ + 1, S likewise; with ``ceilMode`` ⌈ ⌉
///   instead, but no window begins beyond the image and the margin before it.
///
/// # Backward
/// y = Σ x / n passes dy / n on to each of the n elements, so dx is the sum of dy / n over the windows that
/// an element is in. For windows of 2 and t = 1 on x = [1, 4, 4, 2]: y = [2.5, 4, 3], and dy = [2, 20, 200]
/// gives dx = [1, 11, 110, 100]. The cache is n, and no image.
///
/// PyTorch's `nn.AvgPool2d`; `countsPadding` is its `count_include_pad`.
public struct AveragePool2D: Layer, CustomStringConvertible {
  /// Whether the margin counts among a window's elements.
  public let countsPadding: Bool

  /// The height and width of the window.
  public var kernel: Size2D { geometry.kernel }
  /// The steps of the window.
  public var stride: Size2D { geometry.stride }
  /// The rows and columns of margin on each side of the input.
  public var padding: Size2D { Size2D(geometry.padding.top, geometry.padding.left) }
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
    kernel: Size2D, stride: Size2D? = nil, padding: Size2D = 0, ceilMode: Bool = false, countsPadding: Bool = true
  ) {
    geometry = WindowGeometry(
      pooling: "AveragePool2D", kernel: kernel, stride: stride, padding: padding, ceilMode: ceilMode)
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
    "AveragePool2D(\(geometry.description(defaultStride: geometry.kernel))"
      + (countsPadding ? ")" : ", countsPadding: false)")
  }
}

extension SlidingWindow {
  /// The windows' sums: a convolution with ones.
  func sums(_ x: Tensor) -> Tensor {
    x.dtype.withKernels(for: "pooling") { convolved(x, ones(x.dtype), nil, $0) }
  }

  /// The sum of dy over the windows that each element is in.
  func sumsBack(_ dy: Tensor) -> Tensor {
    dy.dtype.withKernels(for: "pooling") { inputGradient(dy, ones(dy.dtype), $0) }
  }

  private func ones(_ dtype: DType) -> Tensor { Tensor(ones: [kernel.height, kernel.width], dtype: dtype) }
}

extension WindowGeometry {
  /// How many elements each window has: one number where all have as many, else [1, 1, R, S] or [1, 1, R].
  func counts(_ window: SlidingWindow, countsPadding: Bool, _ dtype: DType) -> Tensor {
    func along(_ outputs: Int, _ length: Int, _ kernel: Int, _ stride: Int, _ before: Int, _ after: Int) -> [Double] {
      (0..<outputs).map {
        let start = $0 * stride - before
        let end = min(start + kernel, length + (countsPadding ? after : 0))
        return Double(end - (countsPadding ? start : max(start, 0)))
      }
    }
    let (rows, columns) = (
      along(window.rows, window.grid.height, kernel.height, stride.height, padding.top, padding.bottom),
      along(window.columns, window.grid.width, kernel.width, stride.width, padding.left, padding.right)
    )
    if Set(rows).count == 1, Set(columns).count == 1 {
      return Tensor(repeating: rows[0] * columns[0], shape: [], dtype: dtype)
    }
    let counts = rows.flatMap { row in columns.map { row * $0 } }
    return Tensor(counts, shape: Shape([1, 1] + window.output.lengths.dropFirst(2))).converted(to: dtype)
  }
}
