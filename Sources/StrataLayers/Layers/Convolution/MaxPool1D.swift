import StrataTensor

/// y[b, c, r] = max over i of x[b, c, r·t + i − p], with t the stride and p the padding: the largest element of a
/// window that slides over each channel of a sequence. What lies outside is never it.
///
/// - Shapes: x is [B, C, T]; y is [B, C, R] with R = ⌊(T + 2p − k) / t⌋ + 1; with ``ceilMode`` ⌈ ⌉ instead, but no
///   window begins beyond the sequence and the margin before it.
///
/// # Backward
/// That of ``MaxPool2D``: for windows of 2 and t = 1 on x = [1, 4, 4, 2], y = [4, 4, 4], and dy = [1, 10, 100] gives
/// dx = [0, 11, 100, 0]. The cache is which element of its window each output is, `int32`, and not x.
///
/// PyTorch's `nn.MaxPool1d`, without dilation.
public struct MaxPool1D: Layer, CustomStringConvertible {
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
    /// Which element of its window each output is.
    let winners: Tensor
    let inputShape: Shape
    let dtype: DType
  }

  /// A pooling whose stride is the kernel's size unless given.
  public init(kernel: Int, stride: Int? = nil, padding: Int = 0, ceilMode: Bool = false) {
    geometry = WindowGeometry(
      pooling: "MaxPool1D", kernel: Size2D(1, kernel), stride: Size2D(1, stride ?? kernel), padding: Size2D(0, padding),
      ceilMode: ceilMode, isSequence: true)
  }

  public func forward(_ x: consuming Tensor) -> (Tensor, Cache) {
    let (x, shape) = (copy x, requireFloatingInput(copy x))
    let winners = Tensor(uninitialized: shape, dtype: .int32)
    let sliding = SlidingWindow(geometry, from: x.shape, to: shape, planewise: true)
    let y = x.dtype.withKernels(for: description) { sliding.largest(x, winners: winners, $0) }
    return (y, Cache(winners: winners, inputShape: x.shape, dtype: x.dtype))
  }

  public func backward(_ dy: consuming Tensor, _ cache: consuming Cache, _ gradients: inout Gradients) -> Tensor {
    let (dy, winners) = (copy dy, cache.winners)
    dy.requireGradient(of: description, winners.shape, cache.dtype)
    let sliding = SlidingWindow(geometry, from: cache.inputShape, to: dy.shape, planewise: true)
    return dy.dtype.withKernels(for: description) { sliding.givenBack(dy, to: winners, $0) }
  }

  public func outputShape(for input: Shape) throws -> Shape {
    try geometry.outputShape(description, for: input)
  }

  public var description: String { "MaxPool1D(\(geometry.description(defaultStride: geometry.kernel)))" }
}
