import CStrataKernels
import StrataTensor

// The three sums of a convolution of 3 × 3 with a stride of 1, by products of transformed tiles (see Winograd.c): 16
// products for 2 × 2 positions and not 36. Each sum of products stays the sum over channels in ascending order, so
// that an image's output depends neither on its batch nor on the workers.
//
// An infinite element, which a tile's other elements are added to, makes outputs NaN that it does not reach: where an
// image has an output that is not finite, all of its outputs are worked out directly.

/// Planes of images and the tiles that cover the output of a convolution of them.
private struct WinogradTiles {
  /// The input's planes and the output's.
  let from, to: strata_plane
  let images: Int
  let tiling: Tiling
  /// The elements from one channel's transformed tiles to the next's, with room for what is overwritten: an odd number
  /// of vectors, for rows not to meet in the sets of a cache.
  let row: Int

  /// - Parameter most: How many tiles are taken together at most.
  init(from: strata_plane, to: strata_plane, images: Int, most: Int) {
    (self.from, self.to, self.images) = (from, to, images)
    tiling = Tiling(rows: (to.height + 1) / 2, columns: (to.width + 1) / 2, images: images, width: most)
    row = wholeVectors(tiling.longest + 15) | 16
  }

  /// The images of the tiles that are taken together, and their rectangle in each plane.
  var blocks: [(images: Range<Int>, tile: PositionTile)] {
    stride(from: 0, to: images, by: tiling.planes).flatMap { first in
      tiling.tiles.map { (first..<min(images, first + tiling.planes), $0) }
    }
  }

  /// The elements between two of the 16 places, and those of all places.
  func step(_ channels: Int) -> Int { channels * row + 16 }
  func size(_ channels: Int) -> Int { 16 * step(channels) }
}

extension PositionTile {
  fileprivate var rectangle: strata_tiles {
    strata_tiles(first_row: firstRow, rows: rows, first_column: firstColumn, columns: columns)
  }
}

extension SlidingWindow {
  /// Whether tiles of this window's output are transformed: it is 3 × 3 with a stride of 1, and channels and positions
  /// are enough to make up for the transforms.
  func isByTiles<T: KernelScalar>(_ type: T.Type) -> Bool {
    T.dtype == .float32 && images > 0 && kernel == 3 && dilation == 1 && grid.stride_h == 1 && grid.stride_w == 1
      && min(groupInputs, groupOutputs) >= 32 && min(rows, columns) >= 3 && rows * columns >= 16
      && grid.pad_h <= 2 && grid.pad_w <= 2
  }

  /// The elements from one of the 16 places of transformed kernels to the next: not a power of two, for them not to meet
  /// in the sets of a cache.
  private var kernelStep: Int { groups * groupOutputs * groupInputs + 16 }

  /// The kernels, or the kernels turned round, as 16 planes [groups, out / groups, in / groups].
  private func transformed(_ w: Tensor, turned: Bool) -> Tensor {
    let u = Tensor(uninitialized: [16 * kernelStep], dtype: .float32)
    let (source, target) = (w.pointer(Float.self), u.mutablePointer(Float.self))
    parallel(over: w.count / 9, grain: elementGrain / 16) {
      strata_winograd_weights($0.count, turned, source + 9 * $0.lowerBound, target + $0.lowerBound, kernelStep)
    }
    return u
  }

  /// As many tiles as the second-level cache holds of all channels, but more where kernels are many: each block of tiles
  /// reads all of them.
  private var mostTiles: Int { groupInputs * groupOutputs < 1 << 15 ? 64 : 128 }

  /// y = x ∗ w + bias.
  func convolvedByTiles(_ x: Tensor, _ w: Tensor, _ bias: Tensor?) -> Tensor {
    let plane = strata_plane(height: grid.height, width: grid.width, pad_h: grid.pad_h, pad_w: grid.pad_w)
    let outputPlane = strata_plane(height: rows, width: columns, pad_h: 0, pad_w: 0)
    let tiles = WinogradTiles(from: plane, to: outputPlane, images: images, most: mostTiles)
    return sum(x, transformed(w, turned: false), turned: false, bias, tiles, groupInputs, groupOutputs, output) {
      single.multiplyPatches($0, w.pointer(Float.self), bias?.pointer(Float.self), $1, Float.self)
    }
  }

  /// dL/dx, the convolution of dy by the kernels turned round.
  func inputGradientByTiles(_ dy: Tensor, _ w: Tensor) -> Tensor {
    let plane = strata_plane(height: rows, width: columns, pad_h: 2 - grid.pad_h, pad_w: 2 - grid.pad_w)
    let inputPlane = strata_plane(height: grid.height, width: grid.width, pad_h: 0, pad_w: 0)
    let tiles = WinogradTiles(from: plane, to: inputPlane, images: images, most: mostTiles)
    return sum(dy, transformed(w, turned: true), turned: true, nil, tiles, groupOutputs, groupInputs, input) {
      single.inputGradientDirectly($0, w, $1)
    }
  }

  /// y[image, o] = Σ_c of the tiles of x[image, c] by u[o, c], plus bias.
  ///
  /// - Parameters:
  ///   - turned: Whether u has the channels of y in its rows.
  ///   - directly: Works out the output of one image with no tiles.
  private func sum(
    _ x: Tensor, _ u: Tensor, turned: Bool, _ bias: Tensor?, _ tiles: WinogradTiles, _ inputs: Int, _ outputs: Int,
    _ shape: Shape, directly: (_ x: UnsafePointer<Float>, _ y: UnsafeMutablePointer<Float>) -> Void
  ) -> Tensor {
    let y = Tensor(uninitialized: shape, dtype: .float32)
    let spoiled = Lock(Set<Int>())
    let (source, target, weights) = (x.pointer(Float.self), y.mutablePointer(Float.self), u.pointer(Float.self))
    let (b, step, height) = (bias?.pointer(Float.self), tiles.step(inputs), min(outputs, 64))
    let (area, outputPlane) = (tiles.from.height * tiles.from.width, tiles.to.height * tiles.to.width)
    typealias Block = (images: Range<Int>, tile: PositionTile)

    func transform(_ block: Block, _ group: Int, _ channels: Range<Int>, into v: UnsafeMutablePointer<Float>) {
      for (place, image) in block.images.enumerated() {
        strata_winograd_inputs(
          channels.count, tiles.from, block.tile.rectangle,
          source + ((image * groups + group) * inputs + channels.lowerBound) * area,
          v + channels.lowerBound * tiles.row + place * block.tile.count, tiles.row, step)
      }
    }
    func multiply(
      _ block: Block, _ group: Int, _ channels: Range<Int>, _ v: UnsafePointer<Float>, _ m: UnsafeMutablePointer<Float>
    ) {
      for first in stride(from: channels.lowerBound, to: channels.upperBound, by: height) {
        let count = min(height, channels.upperBound - first)
        for place in 0..<16 {
          let w = weights + place * kernelStep + group * outputs * inputs
          Float.gemm(
            turned, false, count, block.images.count * block.tile.count, inputs,
            w + first * (turned ? 1 : inputs), turned ? outputs : inputs, v + place * step, tiles.row, adds: false,
            bias: nil, m + place * tiles.step(height), tiles.row)
        }
        for (place, image) in block.images.enumerated() {
          let isFinite = strata_winograd_outputs(
            count, tiles.to, block.tile.rectangle, m + place * block.tile.count, tiles.row, tiles.step(height),
            b.map { $0 + group * outputs + first }, target + ((image * groups + group) * outputs + first) * outputPlane)
          if !isFinite { spoiled.withLock { _ = $0.insert(image) } }
        }
      }
    }

    let blocks = tiles.blocks
    if blocks.count >= 4 {
      let slots = ScratchSlots(blocks: blocks.count, of: tiles.size(inputs) + tiles.size(height), Float.self)
      parallel(over: blocks.count, grain: 1) { range in
        slots.with { scratch in
          for block in range {
            for group in 0..<groups {
              transform(blocks[block], group, 0..<inputs, into: scratch)
              multiply(blocks[block], group, 0..<outputs, scratch, scratch + tiles.size(inputs))
            }
          }
        }
      }
    } else {
      // Workers share the channels: of x first, then of y.
      let shared = Tensor(uninitialized: [tiles.size(inputs)], dtype: .float32)
      let v = shared.mutablePointer(Float.self)
      let slots = ScratchSlots(blocks: (outputs + height - 1) / height, of: tiles.size(height), Float.self)
      for block in blocks {
        for group in 0..<groups {
          parallel(over: inputs, grain: 16) { transform(block, group, $0, into: v) }
          parallel(over: outputs, grain: height) { range in slots.with { multiply(block, group, range, v, $0) } }
        }
      }
      withExtendedLifetime(shared) {}
    }
    withExtendedLifetime(u) {}
    for image in spoiled.withLock({ $0.sorted() }) {
      directly(source + image * groups * inputs * area, target + image * groups * outputs * outputPlane)
    }
    return y
  }

  /// dL/dw, the adjoint of the forward sum; nil where it is not finite, and must be worked out directly.
  ///
  /// Blocks share the input's channels and the images; the sums over images are added in their order.
  func weightGradientByTiles(_ dy: Tensor, _ x: Tensor) -> Tensor? {
    let from = strata_plane(height: grid.height, width: grid.width, pad_h: grid.pad_h, pad_w: grid.pad_w)
    let to = strata_plane(height: rows, width: columns, pad_h: 0, pad_w: 0)
    // Narrow enough for eight blocks of a large weight, wide enough for the transforms of dy, which each block repeats.
    let (own, channels) = (groupOutputs, min(groupInputs, groupInputs < 256 ? 128 : 64))
    let slices = (groupInputs + channels - 1) / channels
    let parts = max(1, min(images, (8 + slices * groups - 1) / (slices * groups)))
    let grain = max(1, (images + parts - 1) / parts)
    let tiles = WinogradTiles(from: from, to: to, images: min(images, grain), most: 64)
    let sums = Tensor(uninitialized: [parts, outputs, groupInputs, 3, 3], dtype: .float32)
    let (source, cotangent, sum) = (x.pointer(Float.self), dy.pointer(Float.self), sums.mutablePointer(Float.self))
    let height = min(own, 256)
    let products = own * channels + 16
    let slots = ScratchSlots(
      blocks: slices * groups * parts, of: tiles.size(channels) + tiles.size(height) + 16 * products, Float.self)
    parallel(over: slices * groups * parts, grain: 1) { blocks in
      for block in blocks {
        let (part, cell) = block.quotientAndRemainder(dividingBy: slices * groups)
        let (group, slice) = cell.quotientAndRemainder(dividingBy: slices)
        let first = slice * channels
        let count = min(channels, groupInputs - first)
        let start = part * grain
        slots.with { u in
          let v = u + 16 * products
          let z = v + tiles.size(channels)
          for (number, (range, tile)) in tiles.blocks.enumerated() {
            let all = min(images, start + range.lowerBound)..<min(images, start + range.upperBound)
            for (place, image) in all.enumerated() {
              strata_winograd_inputs(
                count, from, tile.rectangle, source + ((image * groups + group) * groupInputs + first) * inputArea,
                v + place * tile.count, tiles.row, tiles.step(channels))
            }
            for output in stride(from: 0, to: own, by: height) {
              let rows = min(height, own - output)
              strata_winograd_gradients(
                all.count, outputs * outputArea, rows, to, tile.rectangle,
                cotangent + ((all.lowerBound * groups + group) * own + output) * outputArea, z, tiles.row,
                tiles.step(height))
              for place in 0..<16 {
                Float.gemm(
                  false, true, rows, count, all.count * tile.count, z + place * tiles.step(height), tiles.row,
                  v + place * tiles.step(channels), tiles.row, adds: number > 0, bias: nil,
                  u + place * products + output * count, count)
              }
            }
          }
          for output in 0..<own {
            strata_winograd_kernels(
              count, u + output * count, products,
              sum + 9 * (((part * groups + group) * own + output) * groupInputs + first))
          }
        }
      }
    }
    let dw = parts == 1 ? sums[0] : sums.sum(along: 0)
    return dw.isFinite ? dw : nil
  }
}
