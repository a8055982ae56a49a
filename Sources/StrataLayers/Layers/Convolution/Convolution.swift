import CStrataKernels
import StrataTensor

// The three sums of a convolution.
extension SlidingWindow {
  /// y = x ∗ w + bias, in the shape of the output.
  func convolved<T: KernelScalar>(_ x: Tensor, _ w: Tensor, _ bias: Tensor?, _ type: T.Type) -> Tensor {
    WorkMeter.count(multiplyAdds: output.count * taps.count)
    if isByTiles(type) { return convolvedByTiles(x, w, bias) }
    let y = Tensor(uninitialized: output, dtype: T.dtype)
    let (source, weight, b) = (x.pointer(type), w.pointer(type), bias?.pointer(type))
    let (run, target, own) = (flat.plane, y.mutablePointer(type), groupOutputs)
    if multipliesPatches {
      multiplyPatches(source, weight, b, target, type)
      return y
    }
    let steps = strata_groups(count: groups, x: groupInputs * spreadPlane, w: own * taps.count, y: own * run)
    forBlocks(type, scratch: spreadCount + outputs * run) { _, images, scratch in
      for image in images {
        let flatY = scratch + spreadCount
        T.spread(inputs, grid, source + image * inputs * inputArea, 0, scratch)
        T.convolve(steps, taps.count, taps, scratch, own, weight, taps.count, b, run, flatY, run)
        T.unspread(outputs, flat, flatY, target + image * outputs * outputArea)
      }
    }
    return y
  }

  /// How dy is spread for its way back: as the output lies, after as many rows of zeros as the window reaches
  /// over, so that a tap may read backward.
  var back: strata_grid {
    var back = flat
    back.pad_h = reachedRows + 1
    back.rows = back.pad_h + grid.rows
    back.plane = wholeVectors(back.rows * back.columns + 15)
    return back
  }

  /// dL/dw. Every block sums over its images; the blocks' sums are added in their order.
  func weightGradient<T: KernelScalar>(_ dy: Tensor, _ x: Tensor, _ type: T.Type) -> Tensor {
    if isByTiles(type), let dw = weightGradientByTiles(dy, x) { return dw }
    if multipliesPatches { return patchesGradient(dy, x, type) }
    let (back, size, own) = (self.back, outputs * taps.count, groupOutputs)
    let steps = strata_groups(count: groups, x: groupInputs * spreadPlane, w: own * taps.count, y: own * back.plane)
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
          T.spread(inputs, grid, source + (first + i) * inputs * inputArea, 0, scratch + i * spreadCount)
          let dy = cotangent + (first + i) * outputs * outputArea
          T.spread(outputs, back, dy, 0, flatDy + i * backCount)
        }
        T.convolveGradient(
          steps, count, flat.plane, own, flatDy + back.pad_h * back.columns, back.plane, backCount, taps.count, taps,
          scratch, spreadCount, sum + block * size, taps.count)
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
    return dw.reshaped(to: [outputs, groupInputs, kernel.height, kernel.width])
  }

  /// dL by one weight, a product of two elements at a time.
  private func weightGradient<T: KernelScalar>(
    at index: Int, _ dy: UnsafePointer<T>, _ x: UnsafePointer<T>
  ) -> Double {
    var sum = 0.0
    forEachProduct(ofWeight: index) { place, pixel in
      sum += dy[place].asDouble * (pixel.map { x[$0].asDouble } ?? 0)
    }
    return sum
  }

  /// Calls `body` with the elements of y and of x, nil in the margin, that a weight joins.
  private func forEachProduct(ofWeight index: Int, _ body: (_ y: Int, _ x: Int?) -> Void) {
    let (output, tap) = index.quotientAndRemainder(dividingBy: taps.count)
    let channel = output / groupOutputs * groupInputs + tap / (kernel.height * kernel.width)
    let (top, left) = offset(ofTap: tap)
    for position in 0..<images * rows * columns {
      let (row, column) = (position / columns, position % columns)
      let (i, j) = (row % rows * grid.stride_h + top, column * grid.stride_w + left)
      let isPadding = !(0..<grid.height ~= i && 0..<grid.width ~= j)
      let pixel = (row / rows * inputs + channel) * grid.height + i
      body(
        ((row / rows * outputs + output) * rows + row % rows) * columns + column,
        isPadding ? nil : pixel * grid.width + j)
    }
  }

  /// dL/dx: for each phase of x, a convolution of dy with that part of the window that reads it, turned
  /// round.
  func inputGradient<T: KernelScalar>(_ dy: Tensor, _ w: Tensor, _ type: T.Type) -> Tensor {
    if isByTiles(type) { return inputGradientByTiles(dy, w) }
    // Elements that no window reads stay 0.
    let dx = readsEveryElement ? Tensor(uninitialized: input, dtype: T.dtype) : Tensor(zeros: input, dtype: T.dtype)
    inputGradientDirectly(dy.pointer(type), w, dx.mutablePointer(type))
    return dx
  }

  /// Writes dL/dx, where an element that no window reads is 0 already.
  func inputGradientDirectly<T: KernelScalar>(
    _ dy: UnsafePointer<T>, _ w: Tensor, _ dx: UnsafeMutablePointer<T>
  ) {
    if w.isFinite { return multiplyBack(dy, w, dx) }
    // Zeros around dy are multiplied too, by weights that no product has there: those that are not finite have theirs
    // added one after the other.
    let finite = Tensor(copying: w, Layout(w.shape))
    let (weights, elements) = (w.pointer(T.self), finite.mutableElements(T.self))
    let spoiling = elements.indices.filter { !elements[$0].isFinite }
    for index in spoiling { elements[index] = 0 }
    multiplyBack(dy, finite, dx)
    for index in spoiling {
      forEachProduct(ofWeight: index) { place, pixel in
        if let pixel { dx[pixel] += dy[place] * weights[index] }
      }
    }
  }

  private func multiplyBack<T: KernelScalar>(_ dy: UnsafePointer<T>, _ w: Tensor, _ dx: UnsafeMutablePointer<T>) {
    let (back, area, own) = (self.back, kernel.height * kernel.width, groupInputs)
    if multipliesPatches { return multiplyPatchesBack(dy, w, dx) }
    let start = back.pad_h * back.columns
    let phases = tapsByPhase.map { own in
      (0..<groupOutputs).flatMap { output in
        let place = Int32(output * back.plane + start)
        return own.map { strata_tap(x: place - $0.x, w: Int32(output * taps.count) + $0.w) }
      }
    }
    let weight = w.pointer(T.self)
    let steps = strata_groups(
      count: groups, x: groupOutputs * back.plane, w: groupOutputs * taps.count, y: own * spreadPlane)
    forBlocks(T.self, scratch: outputs * back.plane + spreadCount) { _, images, scratch in
      for image in images {
        let spreadDx = scratch + outputs * back.plane
        T.spread(outputs, back, dy + image * outputs * outputArea, 0, scratch)
        for (phase, taps) in phases.enumerated() {
          T.convolve(
            steps, taps.count, taps, scratch, own, weight, area, nil, grid.rows * grid.columns,
            spreadDx + phase * grid.plane, spreadPlane)
        }
        T.unspread(inputs, grid, spreadDx, dx + image * inputs * inputArea)
      }
    }
  }

  /// The taps of the first input channel in each phase, at their places in the phase. They tell those of the other
  /// channels, whose weights follow.
  var tapsByPhase: [[strata_tap]] {
    (0..<grid.phases_h * grid.phases_w).map { phase in
      taps[..<(kernel.height * kernel.width)].filter { Int($0.x) / grid.plane == phase }
        .map { strata_tap(x: $0.x - Int32(phase * grid.plane), w: $0.w) }
    }
  }
}
