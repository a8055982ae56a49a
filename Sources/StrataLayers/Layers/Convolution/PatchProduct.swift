import CStrataKernels
import StrataTensor

// The three sums of a convolution as products of matrices, for windows of many elements on many channels: the product's
// own tiles then use each element more often than the registers of the direct loops could. A tile of patches is copied
// from the spread image just before the product reads it, and stays in the caches; no matrix of all patches is made.

/// Patches of some planes: where they are read, and at which positions.
private struct Patches {
  /// The taps of the first group, with the places in the planes that the first position reads.
  let taps: [strata_tap]
  /// The elements between two rows of positions in the planes.
  let across: Int
  /// The elements of the planes of one image.
  let imageSize: Int
  /// Where a patch is one element of each channel and the planes have no gaps, they are the matrix of patches: its
  /// first element, and the elements between two rows.
  var matrix: (offset: Int, step: Int)?

  /// How many taps a tile of patches has at most: as deep as the blocks of the product.
  private static let depth = 256

  /// How many taps a tile of patches has, of a product with these taps in all.
  static func tileDepth(of taps: Int) -> Int { Tiling.part(of: taps, at: depth) }

  /// Copies patches of some taps at the positions of a tile into rows of `length` elements.
  func gather<T: KernelScalar>(
    _ range: Range<Int>, images: Int, from x: UnsafePointer<T>, _ tile: PositionTile, into p: UnsafeMutablePointer<T>,
    _ length: Int
  ) {
    taps.withUnsafeBufferPointer {
      T.gatherPatches(
        range.count, $0.baseAddress! + range.lowerBound, images, x + tile.firstRow * across + tile.firstColumn,
        imageSize, tile.rows, tile.columns, across, p, length)
    }
  }
}

/// Weights [groups, m, taps] on patches, and where the sums go in the planes of the result.
private struct PatchProduct<T: KernelScalar> {
  let patches: Patches
  let weights: UnsafePointer<T>
  var place = 0
}

extension SlidingWindow {
  /// Whether products of patches are faster than the direct loops.
  var multipliesPatches: Bool { groupOutputs >= 32 && groupInputs >= 16 }

  /// Whether a patch is one element of each channel, so that the image itself is the matrix of patches.
  private var isPointwise: Bool {
    kernel == 1 && grid.stride_h == 1 && grid.stride_w == 1 && outputArea == inputArea && grid.pad_h == 0
      && grid.pad_w == 0
  }

  /// Whether planes are too small for a tile, which then takes patches of several.
  private var hasSmallPlanes: Bool { outputArea < 96 }

  /// The patches of the spread image.
  private func patches(imageSize: Int) -> Patches {
    let isMatrix = kernel == 1 && !hasSmallPlanes
    return Patches(
      taps: taps, across: grid.columns, imageSize: imageSize,
      matrix: isMatrix ? (0, isPointwise ? inputArea : spreadPlane) : nil)
  }

  /// Whether the image need not be spread.
  private var readsInPlace: Bool { isPointwise && !hasSmallPlanes }

  /// y = x ∗ w + bias.
  func multiplyPatches<T: KernelScalar>(
    _ x: UnsafePointer<T>, _ w: UnsafePointer<T>, _ bias: UnsafePointer<T>?, _ y: UnsafeMutablePointer<T>,
    _ type: T.Type
  ) {
    multiply(
      [PatchProduct(patches: patches(imageSize: spreadCount), weights: w)], height: groupOutputs, bias, rows: rows,
      columns: columns, spreadCount: spreadCount, groupStep: groupInputs * (readsInPlace ? inputArea : spreadPlane),
      into: y, image: outputs * outputArea, plane: outputArea
    ) { image, spread in
      let source = x + image * inputs * inputArea
      if readsInPlace { return source }
      T.spread(inputs, grid, source, 0, spread)
      return UnsafePointer(spread)
    }
  }

  /// dx, a convolution of dy, of which each phase of x has its own window.
  func multiplyPatchesBack<T: KernelScalar>(
    _ dy: UnsafePointer<T>, _ w: Tensor, _ dx: UnsafeMutablePointer<T>
  ) {
    let (back, area) = (self.back, kernel.height * kernel.width)
    // [groups, in, out, kh · kw]
    let turned = w.reshaped(to: [groups, groupOutputs, groupInputs, area]).permuted(0, 2, 1, 3)
    let start = back.pad_h * back.columns
    func window(_ own: [strata_tap], from first: Int, matrix: (Int, Int)?) -> Patches {
      let taps = (0..<groupOutputs).flatMap { output in
        own.map { strata_tap(x: Int32(output * back.plane + start + first) - $0.x, w: 0) }
      }
      return Patches(taps: taps, across: back.columns, imageSize: outputs * back.plane, matrix: matrix)
    }
    func spreadDy(_ image: Int, _ spread: UnsafeMutablePointer<T>) -> UnsafePointer<T> {
      let source = dy + image * outputs * outputArea
      if readsInPlace { return source }
      T.spread(outputs, back, source, 0, spread)
      return UnsafePointer(spread)
    }
    let (step, spreadSize) = (groupOutputs * (readsInPlace ? outputArea : back.plane), outputs * back.plane)
    if readsEveryElement {
      // One phase, of which the margin needs no gradient.
      let patches = window(
        tapsByPhase[0], from: grid.pad_h * back.columns + grid.pad_w, matrix: readsInPlace ? (0, outputArea) : nil)
      multiply(
        [PatchProduct(patches: patches, weights: turned.pointer(T.self))], height: groupInputs, nil, rows: grid.height,
        columns: grid.width, spreadCount: spreadSize, groupStep: step, into: dx, image: inputs * inputArea,
        plane: inputArea, spreadDy)
      withExtendedLifetime(turned) {}
      return
    }
    let phases = tapsByPhase
    let parts = phases.map { own in
      own.isEmpty ? turned : Tensor(stacking: own.map { turned[.all, .all, .all, Int($0.w)] }, along: 3)
    }
    let products = phases.indices.filter { !phases[$0].isEmpty }.map { phase in
      let isMatrix = kernel == 1 && !hasSmallPlanes
      return PatchProduct(
        patches: window(phases[phase], from: 0, matrix: isMatrix ? (start, back.plane) : nil),
        weights: parts[phase].pointer(T.self), place: phase * grid.plane)
    }
    multiply(
      products, height: groupInputs, nil, rows: 1, columns: grid.rows * grid.columns, spreadCount: spreadSize,
      groupStep: step, into: nil, image: spreadCount, plane: spreadPlane, spreadDy
    ) { image, spreadDx in
      T.unspread(inputs, grid, spreadDx, dx + image * inputs * inputArea)
    }
    withExtendedLifetime(parts) {}
  }

  /// target[image, group, m, position] = bias[m] + Σ over the taps k of weights[group, m, k] · patch[k, position], for
  /// one or several products on the same planes.
  ///
  /// - Parameters:
  ///   - target: The planes of the result; if nil, those of an image stay in scratch memory until `collect` takes them.
  ///   - image: The elements of the result between two images.
  ///   - plane: The elements of the result between two channels.
  ///   - source: The planes of an image, which may be put in the memory given.
  private func multiply<T: KernelScalar>(
    _ products: [PatchProduct<T>], height: Int, _ bias: UnsafePointer<T>?, rows: Int, columns: Int, spreadCount: Int,
    groupStep: Int, into target: UnsafeMutablePointer<T>?, image: Int, plane: Int,
    _ source: (_ image: Int, _ spread: UnsafeMutablePointer<T>) -> UnsafePointer<T>,
    collect: (_ image: Int, _ planes: UnsafePointer<T>) -> Void = { _, _ in }
  ) {
    // Each block reads all weights: of small planes it takes as many images as fill a tile, but there are four blocks.
    let grain = max(1, (images + 15) / 16, min((images + 3) / 4, Tiling.width / (rows * columns)))
    let isMatrix = products.allSatisfy { $0.patches.matrix != nil }
    let tiling = Tiling(rows: rows, columns: columns, images: isMatrix ? 1 : min(images, grain))
    let length = wholeVectors(tiling.longest)
    let gathersSums = tiling.planes > 1
    let patchCount = isMatrix ? 0 : (products.map { Patches.tileDepth(of: $0.patches.taps.count) }.max()! * length + 16)
    let collectedCount = target == nil ? tiling.planes * image : 0
    let sumCount = gathersSums ? height * length : 0
    forBlocks(T.self, of: grain, scratch: patchCount + collectedCount + sumCount + tiling.planes * spreadCount) {
      _, images, scratch in
      let collected = scratch + patchCount
      let sums = collected + collectedCount
      let spread = sums + sumCount
      // Phases without a tap stay 0.
      withUnsafePointer(to: T(0)) { T.fillRows(1, collectedCount, $0, collected, 0) }
      for first in stride(from: images.lowerBound, to: images.upperBound, by: tiling.planes) {
        let count = min(tiling.planes, images.upperBound - first)
        var planes = UnsafePointer(spread)
        for i in 0..<count {
          let start = source(first + i, spread + i * spreadCount)
          if i == 0 { planes = start }
        }
        let base = target.map { $0 + first * image } ?? collected
        for product in products {
          let (patches, depth) = (product.patches, product.patches.taps.count)
          let deepest = Patches.tileDepth(of: depth)
          for group in 0..<groups {
            let w = product.weights + group * height * depth
            for tile in tiling.tiles {
              let (width, position) = (count * tile.count, tile.firstRow * columns + tile.firstColumn)
              let place = base + product.place + group * height * plane + position
              let (z, zStride) = gathersSums ? (sums, width) : (place, plane)
              if let bias { T.fillRows(height, width, bias + group * height, z, zStride) }
              if let matrix = patches.matrix, isMatrix {
                T.gemm(
                  false, false, height, width, depth, w, depth, planes + group * groupStep + matrix.offset + position,
                  matrix.step, adds: bias != nil, bias: nil, z, zStride)
              } else {
                for front in stride(from: 0, to: depth, by: deepest) {
                  let range = front..<min(depth, front + deepest)
                  patches.gather(range, images: count, from: planes + group * groupStep, tile, into: scratch, length)
                  T.gemm(
                    false, false, height, width, range.count, w + front, depth, scratch, length,
                    adds: front > 0 || bias != nil, bias: nil, z, zStride)
                }
              }
              guard gathersSums else { continue }
              for i in 0..<count {
                T.copyRows(height, tile.count, z + i * tile.count, zStride, place + i * image, plane)
              }
            }
          }
        }
        if target == nil { for i in 0..<count { collect(first + i, collected + i * image) } }
      }
    }
  }

  /// dL/dw. Blocks share the taps where the weight is large, else the images too; the sums over images are added in
  /// their order.
  func patchesGradient<T: KernelScalar>(_ dy: Tensor, _ x: Tensor, _ type: T.Type) -> Tensor {
    let (area, own) = (kernel.height * kernel.width, groupOutputs)
    // Blocks of whole channels, of at least as many taps as make up for reading dy again.
    let channels = min(groupInputs, max((128 + area - 1) / area, (groupInputs + 15) / 16))
    let slices = (groupInputs + channels - 1) / channels
    let parts = max(1, min(images, (8 + slices * groups - 1) / (slices * groups)))
    let grain = max(1, (images + parts - 1) / parts)
    let sums = Tensor(zeros: [parts, groups, taps.count, own], dtype: T.dtype)
    let (source, cotangent, sum) = (x.pointer(type), dy.pointer(type), sums.mutablePointer(type))
    let patches = patches(imageSize: channels * spreadPlane)
    let tiling = Tiling(rows: rows, columns: columns, images: patches.matrix == nil ? min(images, grain) : 1)
    let deepest = Patches.tileDepth(of: channels * area)
    let length = wholeVectors(tiling.longest)
    let gathersDy = tiling.planes > 1
    let patchCount = patches.matrix == nil ? deepest * length + 16 : 0
    let gatheredCount = gathersDy ? own * length : 0
    let slots = ScratchSlots(
      blocks: slices * groups * parts, of: patchCount + gatheredCount + tiling.planes * channels * spreadPlane, type)
    parallel(over: slices * groups * parts, grain: 1) { blocks in
      for block in blocks {
        let (part, cell) = block.quotientAndRemainder(dividingBy: slices * groups)
        let (group, slice) = cell.quotientAndRemainder(dividingBy: slices)
        let (start, end) = (slice * channels, min(groupInputs, (slice + 1) * channels))
        let depth = (end - start) * area
        let dw = sum + ((part * groups + group) * taps.count + start * area) * own
        slots.with { scratch in
          let gathered = scratch + patchCount
          let spread = gathered + gatheredCount
          let all = min(images, part * grain)..<min(images, (part + 1) * grain)
          for first in stride(from: all.lowerBound, to: all.upperBound, by: tiling.planes) {
            let count = min(tiling.planes, all.upperBound - first)
            var planes = UnsafePointer(spread)
            for i in 0..<count {
              let x = source + ((first + i) * inputs + group * groupInputs + start) * inputArea
              if readsInPlace {
                planes = x
              } else {
                T.spread(end - start, grid, x, 0, spread + i * channels * spreadPlane)
              }
            }
            let dy = cotangent + (first * outputs + group * own) * outputArea
            if gathersDy {
              for i in 0..<count {
                T.copyRows(
                  own, outputArea, dy + i * outputs * outputArea, outputArea, gathered + i * outputArea, length)
              }
            }
            for tile in tiling.tiles {
              let (width, position) = (count * tile.count, tile.firstRow * columns + tile.firstColumn)
              let (b, bStride) = gathersDy ? (UnsafePointer(gathered), length) : (dy + position, outputArea)
              if let matrix = patches.matrix {
                T.gemm(
                  false, true, depth, own, width, planes + matrix.offset + position, matrix.step, b, bStride,
                  adds: true, bias: nil, dw, own)
                continue
              }
              for front in stride(from: 0, to: depth, by: deepest) {
                let range = front..<min(depth, front + deepest)
                patches.gather(range, images: count, from: planes, tile, into: scratch, length)
                T.gemm(
                  false, true, range.count, own, width, scratch, length, b, bStride, adds: true, bias: nil,
                  dw + front * own, own)
              }
            }
          }
        }
      }
    }
    let total = parts == 1 ? sums[0] : sums.sum(along: 0)
    return total.permuted(0, 2, 1).reshaped(to: [outputs, groupInputs, kernel.height, kernel.width])
  }
}
