import CStrataKernels
import StrataTensor

/// y[b, c, r, s] = max over i, j of x[b, c, r·t + i − p, s·t + j − p], with t the stride and p the padding:
/// the largest element of a window that slides over each plane. What lies outside is never it.
///
/// - Shapes: x is [B, C, H, W]; y is [B, C, R, S] with R = ⌊(H + 2p − kh) / t⌋ + 1, S likewise; with ``ceilMode`` ⌈ ⌉
///   instead, but no window begins beyond the image and the margin before it.
///
/// # Backward
/// y moves with the one element that is largest: dx at its place is the sum of dy over the windows that it
/// wins, else 0. Of equals the first in reading order wins; a NaN wins over any number, as in PyTorch.
/// For windows of 2 and t = 1 on x = [1, 4, 4, 2]: y = [4, 4, 4] from places 1, 1, 2, so dy = [1, 10, 100]
/// gives dx = [0, 11, 100, 0]. The cache is which element of its window each output is, `int32`, and not x.
///
/// PyTorch's `nn.MaxPool2d`, without dilation.
public struct MaxPool2D: Layer, CustomStringConvertible {
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
    /// Which element of its window each output is.
    let winners: Tensor
    let inputShape: Shape
    let dtype: DType
  }

  /// A pooling whose stride is the kernel's size unless given.
  public init(kernel: Size2D, stride: Size2D? = nil, padding: Size2D = 0, ceilMode: Bool = false) {
    geometry = WindowGeometry(
      pooling: "MaxPool2D", kernel: kernel, stride: stride, padding: padding, ceilMode: ceilMode)
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

  public var description: String { "MaxPool2D(\(geometry.description(defaultStride: geometry.kernel)))" }
}

extension SlidingWindow {
  /// The largest elements, and which of the window each is.
  func largest<T: KernelScalar>(_ x: Tensor, winners: Tensor, _ type: T.Type) -> Tensor {
    let y = Tensor(uninitialized: output, dtype: T.dtype)
    let (source, target, run) = (x.pointer(type), y.mutablePointer(type), flat.plane)
    if isSquares {
      let winner = winners.mutablePointer(Int32.self)
      parallel(over: images, grain: max(1, elementGrain / inputArea)) { planes in
        let first = planes.lowerBound
        T.maxOfSquares(
          planes.count, grid.height, grid.width, source + first * inputArea, target + first * outputArea,
          winner + first * outputArea)
      }
      return y
    }
    // Moved as if they were numbers, which have the same size.
    let places = UnsafeMutableRawPointer(winners.mutablePointer(Int32.self)).assumingMemoryBound(to: Float.self)
    forBlocks(type, scratch: spreadCount + 2 * run) { _, planes, scratch in
      let flatY = scratch + spreadCount
      let flatPlaces = UnsafeMutableRawPointer(flatY + run)
      for plane in planes {
        T.spread(1, grid, source + plane * grid.height * grid.width, -.infinity, scratch)
        T.maxOfTaps(taps.count, taps, scratch, run, flatY, flatPlaces.assumingMemoryBound(to: Int32.self))
        T.unspread(1, flat, flatY, target + plane * rows * columns)
        Float.unspread(1, flat, flatPlaces.assumingMemoryBound(to: Float.self), places + plane * rows * columns)
      }
    }
    return y
  }

  /// dy at the places of the winners.
  func givenBack<T: KernelScalar>(_ dy: Tensor, to winners: Tensor, _ type: T.Type) -> Tensor {
    if isSquares {
      let dx = Tensor(uninitialized: input, dtype: T.dtype)
      let (source, target, winner) = (dy.pointer(type), dx.mutablePointer(type), winners.pointer(Int32.self))
      parallel(over: images, grain: max(1, elementGrain / inputArea)) { planes in
        let first = planes.lowerBound
        T.giveToSquares(
          planes.count, grid.height, grid.width, winner + first * outputArea, source + first * outputArea,
          target + first * inputArea)
      }
      return dx
    }
    let dx = Tensor(zeros: input, dtype: T.dtype)
    let (source, target, winner) = (dy.pointer(type), dx.mutablePointer(type), winners.pointer(Int32.self))
    // Where the taps of the first window lie in the plane itself.
    let places = taps.indices.map { tap in
      let (row, column) = offset(ofTap: tap)
      return strata_tap(x: Int32(row * grid.width + column), w: 0)
    }
    parallel(over: images, grain: max(1, (images + 15) / 16)) { planes in
      for plane in planes {
        let first = plane * rows * columns
        T.addToWinners(
          rows, columns, grid, places, winner + first, source + first,
          target + plane * grid.height * grid.width)
      }
    }
    return dx
  }

  /// Whether the windows are squares of 2 × 2 side by side that lie inside.
  private var isSquares: Bool {
    kernel == 2 && grid.stride_h == 2 && grid.stride_w == 2 && grid.pad_h == 0 && grid.pad_w == 0
      && rows == grid.height / 2 && columns == grid.width / 2
  }
}
