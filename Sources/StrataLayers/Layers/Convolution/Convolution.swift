import CStrataKernels
import StrataTensor

// The three sums of a convolution.
extension SlidingWindow {
  /// y = x ∗ w + bias, in the shape of the output.
  func convolved<T: KernelScalar>(_ x: Tensor, _ w: Tensor, _ bias: Tensor?, _ type: T.Type) -> Tensor {
    let y = Tensor(uninitialized: output, dtype: T.dtype)
    WorkMeter.count(multiplyAdds: y.count * taps.count)
    let (run, b) = (flat.plane, bias?.pointer(type))
    let (source, weight, target) = (x.pointer(type), w.pointer(type), y.mutablePointer(type))
    forBlocks(type, scratch: spreadCount + outputs * run) { _, images, scratch in
      for image in images {
        let flatY = scratch + spreadCount
        T.spread(inputs, grid, source + image * inputs * grid.height * grid.width, 0, scratch)
        T.convolve(taps.count, taps, scratch, outputs, weight, taps.count, b, run, flatY, run)
        T.unspread(outputs, flat, flatY, target + image * outputs * rows * columns)
      }
    }
    return y
  }

  /// How dy is spread for its way back: as the output lies, after as many rows of zeros as the window reaches
  /// over, so that a tap may read backward.
  private var back: strata_grid {
    var back = flat
    back.pad_h = (kernel.height - 1) / grid.stride_h + 1
    back.rows = back.pad_h + grid.rows
    back.plane = wholeVectors(back.rows * back.columns + 15)
    return back
  }

  /// dL/dw. Every block sums over its images; the blocks' sums are added in their order.
  func weightGradient<T: KernelScalar>(_ dy: Tensor, _ x: Tensor, _ type: T.Type) -> Tensor {
    let (back, size) = (self.back, outputs * taps.count)
    let backCount = outputs * back.plane
    // A large weight has fewer sums; and as many images are at hand at once as the second-level cache holds.
    let grain = max(1, (images + 15) / 16, images / max(4, (1 << 22) / size))
    let group = min(grain, max(1, (1 << 17) / (spreadCount + backCount)))
    let sums = Tensor(zeros: [max(1, (images + grain - 1) / grain), size], dtype: T.dtype)
    let (source, cotangent, sum) = (x.pointer(type), dy.pointer(type), sums.mutablePointer(type))
    forBlocks(type, of: grain, scratch: group * (spreadCount + backCount)) { block, images, scratch in
      let flatDy = scratch + group * spreadCount
      for first in stride(from: images.lowerBound, to: images.upperBound, by: group) {
        let count = min(group, images.upperBound - first)
        for i in 0..<count {
          let x = source + (first + i) * inputs * grid.height * grid.width
          T.spread(inputs, grid, x, 0, scratch + i * spreadCount)
          let dy = cotangent + (first + i) * outputs * rows * columns
          T.spread(outputs, back, dy, 0, flatDy + i * backCount)
        }
        T.convolveGradient(
          count, flat.plane, outputs, flatDy + back.pad_h * back.columns, back.plane, backCount, taps.count,
          taps, scratch, spreadCount, sum + block * size, taps.count)
      }
    }
    let dw = sums.sum(along: 0)
    // Zeros between the rows of dy were multiplied too, by elements of x that no product has.
    if !dw.isFinite && !x.isFinite {
      let elements = dw.mutableElements(type)
      for index in elements.indices where !elements[index].isFinite {
        elements[index] = T(weightGradient(at: index, cotangent, source))
      }
    }
    return dw.reshaped(to: [outputs, inputs, kernel.height, kernel.width])
  }

  /// dL by one weight, a product of two elements at a time.
  private func weightGradient<T: KernelScalar>(
    at index: Int, _ dy: UnsafePointer<T>, _ x: UnsafePointer<T>
  ) -> Double {
    let (output, tap) = index.quotientAndRemainder(dividingBy: taps.count)
    let (channel, place) = tap.quotientAndRemainder(dividingBy: kernel.height * kernel.width)
    let (top, left) = (place / kernel.width - grid.pad_h, place % kernel.width - grid.pad_w)
    var sum = 0.0
    for position in 0..<images * rows * columns {
      let (row, column) = (position / columns, position % columns)
      let (i, j) = (row % rows * grid.stride_h + top, column * grid.stride_w + left)
      let isPadding = !(0..<grid.height ~= i && 0..<grid.width ~= j)
      let pixel = (row / rows * inputs + channel) * grid.height + i
      let cotangent = dy[((row / rows * outputs + output) * rows + row % rows) * columns + column].asDouble
      sum += cotangent * (isPadding ? 0 : x[pixel * grid.width + j].asDouble)
    }
    return sum
  }

  /// dL/dx: for each phase of x, a convolution of dy with that part of the window that reads it, turned
  /// round.
  func inputGradient<T: KernelScalar>(_ dy: Tensor, _ w: Tensor, _ type: T.Type) -> Tensor {
    let dx = Tensor(zeros: input, dtype: T.dtype)
    let (back, area) = (self.back, kernel.height * kernel.width)
    let start = back.pad_h * back.columns
    let phases = (0..<grid.phases_h * grid.phases_w).map { phase in
      // The taps of the first input channel tell those of the others, whose weights follow.
      let own = taps[..<area].filter { Int($0.x) / grid.plane == phase }
      return (0..<outputs).flatMap { output in
        let place = Int32(output * back.plane + start + phase * grid.plane)
        return own.map { strata_tap(x: place - $0.x, w: Int32(output * taps.count) + $0.w) }
      }
    }
    let (weight, cotangent, target) = (w.pointer(type), dy.pointer(type), dx.mutablePointer(type))
    forBlocks(type, scratch: outputs * back.plane + spreadCount) { _, images, scratch in
      for image in images {
        let spreadDx = scratch + outputs * back.plane
        T.spread(outputs, back, cotangent + image * outputs * rows * columns, 0, scratch)
        for (phase, taps) in phases.enumerated() {
          T.convolve(
            taps.count, taps, scratch, inputs, weight, area, nil, grid.rows * grid.columns,
            spreadDx + phase * grid.plane, phases.count * grid.plane)
        }
        T.unspread(inputs, grid, spreadDx, target + image * inputs * grid.height * grid.width)
      }
    }
    return dx
  }
}
