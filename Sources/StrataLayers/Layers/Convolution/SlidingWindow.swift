import CStrataKernels
import StrataTensor

/// A window on images of one size: what convolution and pooling are made of.
///
/// All of them read shifted rows of a spread image (see Convolution.c): no matrix of patches of the whole image is
/// made. Workers share the images, in at most 16 blocks that the shapes alone determine.
struct SlidingWindow {
  private(set) var input, output: Shape
  private(set) var images: Int
  let inputs, outputs, rows, columns: Int
  let kernel: Size2D

  /// The groups of channels that meet only each other, and how far apart they are.
  let groups: Int

  /// How an image is spread: in phases that hold every element that a window reads. A plane ends with room
  /// for what a vector reads past it.
  let grid: strata_grid

  /// How the output lies before it is collected: in rows as long as the spread image's.
  let flat: strata_grid

  /// The window's elements in the order of the weights of one output channel, in the first group.
  private(set) var taps: [strata_tap] = []

  let dilation: Size2D
  /// The rows of the spread image that a window reaches over beyond its first.
  let reachedRows: Int

  /// The elements of a spread image.
  var spreadCount: Int { inputs * spreadPlane }

  /// The elements of one spread plane, all phases together.
  var spreadPlane: Int { grid.phases_h * grid.phases_w * grid.plane }

  /// The channels of one group.
  var groupInputs: Int { inputs / groups }
  var groupOutputs: Int { outputs / groups }

  /// The elements of a plane of the input, and of the output.
  var inputArea: Int { grid.height * grid.width }
  var outputArea: Int { rows * columns }

  /// - Parameter planewise: Whether every plane is an image by itself, as in pooling.
  init(
    _ geometry: WindowGeometry, from input: Shape, to output: Shape, groups: Int = 1, planewise: Bool = false
  ) {
    (self.input, self.output, kernel, self.groups) = (input, output, geometry.kernel, groups)
    let (source, target) = (input.asImages, output.asImages)
    (images, inputs, outputs) = planewise ? (source[0] * source[1], 1, 1) : (source[0], source[1], target[1])
    (rows, columns) = (target[2], target[3])
    let (stride, padding, reach) = (geometry.stride, geometry.padding, geometry.reach)
    dilation = geometry.dilation
    reachedRows = reach.height / stride.height
    let down = rows + reachedRows
    let across = columns + reach.width / stride.width
    grid = strata_grid(
      height: source[2], width: source[3], stride_h: stride.height, stride_w: stride.width,
      pad_h: padding.top, pad_w: padding.left, phases_h: min(stride.height, reach.height + 1),
      phases_w: min(stride.width, reach.width + 1), rows: down, columns: across,
      plane: wholeVectors(down * across + 15))
    flat = strata_grid(
      height: rows, width: columns, stride_h: 1, stride_w: 1, pad_h: 0, pad_w: 0, phases_h: 1, phases_w: 1,
      rows: rows, columns: across, plane: wholeVectors((rows - 1) * across + columns))
    for index in 0..<inputs / groups * kernel.height * kernel.width {
      let (row, j) = index.quotientAndRemainder(dividingBy: kernel.width)
      let (channel, i) = row.quotientAndRemainder(dividingBy: kernel.height)
      let (top, left) = (i * dilation.height, j * dilation.width)
      let phase = (channel * grid.phases_h + top % stride.height) * grid.phases_w + left % stride.width
      let place = phase * grid.plane + top / stride.height * across + left / stride.width
      taps.append(strata_tap(x: Int32(place), w: Int32(index)))
    }
  }

  /// Whether the stride is 1 and no window ends early, as where a transposed convolution pads its output.
  var readsEveryElement: Bool {
    grid.stride_h == 1 && grid.stride_w == 1 && grid.rows >= grid.height + grid.pad_h
      && grid.columns >= grid.width + grid.pad_w
  }

  /// The same window on one image.
  var single: SlidingWindow {
    var single = self
    (single.images, single.input, single.output) = (1, input.replacing(0, by: 1), output.replacing(0, by: 1))
    return single
  }

  /// Where an element of the window stands in the input for the first output position.
  func offset(ofTap tap: Int) -> (row: Int, column: Int) {
    let (i, j) = (tap % (kernel.height * kernel.width)).quotientAndRemainder(dividingBy: kernel.width)
    return (i * dilation.height - grid.pad_h, j * dilation.width - grid.pad_w)
  }

  /// Runs `body` over blocks of images, each with `size` elements of scratch memory.
  func forBlocks<T: TensorScalar>(
    _ type: T.Type, of grain: Int? = nil, scratch size: Int,
    _ body: (_ block: Int, _ images: Range<Int>, _ scratch: UnsafeMutablePointer<T>) -> Void
  ) {
    let grain = grain ?? max(1, (images + 15) / 16)
    let slots = ScratchSlots(blocks: (images + grain - 1) / grain, of: size, type)
    parallel(over: images, grain: grain) { images in
      slots.with { body(images.lowerBound / grain, images, $0) }
    }
  }
}
