import CStrataKernels
import StrataTensor

/// A window on images of one size: what convolution and pooling are made of.
///
/// All of them read shifted rows of a spread image (see Convolution.c): no matrix of patches is made. Workers
/// share the images, in at most 16 blocks that the shapes alone determine, each with its own scratch memory.
struct SlidingWindow {
  let input, output: Shape
  let images, inputs, outputs, rows, columns: Int
  let kernel: Size2D

  /// How an image is spread: in phases that hold every element that a window reads. A plane ends with room
  /// for what a vector reads past it.
  let grid: strata_grid

  /// How the output lies before it is collected: in rows as long as the spread image's.
  let flat: strata_grid

  /// The window's elements in the order of the weights of one output channel.
  private(set) var taps: [strata_tap] = []

  /// The elements of a spread image.
  var spreadCount: Int { inputs * grid.phases_h * grid.phases_w * grid.plane }

  /// - Parameter planewise: Whether every plane is an image by itself, as in pooling.
  init(_ geometry: WindowGeometry, from input: Shape, to output: Shape, planewise: Bool = false) {
    (self.input, self.output, kernel) = (input, output, geometry.kernel)
    (images, inputs, outputs) = planewise ? (input[0] * input[1], 1, 1) : (input[0], input[1], output[1])
    (rows, columns) = (output[2], output[3])
    let (stride, padding) = (geometry.stride, geometry.padding)
    let down = rows + (kernel.height - 1) / stride.height
    let across = columns + (kernel.width - 1) / stride.width
    grid = strata_grid(
      height: input[2], width: input[3], stride_h: stride.height, stride_w: stride.width,
      pad_h: padding.height, pad_w: padding.width, phases_h: min(stride.height, kernel.height),
      phases_w: min(stride.width, kernel.width), rows: down, columns: across,
      plane: wholeVectors(down * across + 15))
    flat = strata_grid(
      height: rows, width: columns, stride_h: 1, stride_w: 1, pad_h: 0, pad_w: 0, phases_h: 1, phases_w: 1,
      rows: rows, columns: across, plane: wholeVectors((rows - 1) * across + columns))
    for index in 0..<inputs * kernel.height * kernel.width {
      let (row, j) = index.quotientAndRemainder(dividingBy: kernel.width)
      let (channel, i) = row.quotientAndRemainder(dividingBy: kernel.height)
      let phase = (channel * grid.phases_h + i % stride.height) * grid.phases_w + j % stride.width
      let place = phase * grid.plane + i / stride.height * across + j / stride.width
      taps.append(strata_tap(x: Int32(place), w: Int32(index)))
    }
  }

  /// Runs `body` over blocks of images, each block with `size` elements of scratch memory.
  func forBlocks<T: TensorScalar>(
    _ type: T.Type, of grain: Int? = nil, scratch size: Int,
    _ body: (_ block: Int, _ images: Range<Int>, _ scratch: UnsafeMutablePointer<T>) -> Void
  ) {
    let grain = grain ?? max(1, (images + 15) / 16)
    let scratch = Tensor(uninitialized: [(images + grain - 1) / grain, size], dtype: T.dtype)
    let start = scratch.mutablePointer(type)
    parallel(over: images, grain: grain) { images in
      let block = images.lowerBound / grain
      body(block, images, start + block * size)
    }
  }
}

/// The count rounded up to a multiple of the kernels' 16 lanes.
func wholeVectors(_ count: Int) -> Int { (count + 15) / 16 * 16 }
