import CStrataKernels
import StrataTensor

// The passes of BatchNorm over a batch, seen as [batch, channels, inner].
extension Tensor {
  /// Σ u and Σ u (x − center) of every channel, and its center, in double precision.
  ///
  /// - Parameters:
  ///   - center: A number of each channel near its mean; its first element where there is none.
  ///   - dy: u; where there is none, u is x − center.
  func channelSums(
    about center: Tensor? = nil, of dy: Tensor? = nil
  ) -> (sum: Tensor, product: Tensor, center: Tensor) {
    let (batch, channels, inner) = channelAxes
    let (center, step) = (center ?? self, center == nil ? inner : 1)
    let (width, isSingle) = (channels * inner, dtype == .float32)
    let grain = blockLength(batch, width: width, atLeast: inner == 1 ? 32 : 1)
    let sums = Tensor(uninitialized: [(batch + grain - 1) / grain, 3, channels], dtype: .float64)
    parallel(over: batch, grain: grain) { range in
      let (start, block) = (range.lowerBound * width, range.lowerBound / grain * 3 * channels)
      if isSingle {
        strata_channel_sums_f32(
          range.count, channels, inner, read(start), center.read(), step, dy?.read(start), sums.write(block))
      } else {
        strata_channel_sums_f64(
          range.count, channels, inner, read(start), center.read(), step, dy?.read(start), sums.write(block))
      }
    }
    let total = sums.sum(along: 0)
    return (total[0], total[1], sums[0, 2])
  }

  /// Into `y`, b (x − center) + c with numbers of each channel, plus a · dy where that is asked for.
  func channelAffine(
    _ center: Tensor, _ b: Tensor, _ c: Tensor, adding term: (a: Tensor, dy: Tensor)? = nil, into y: Tensor
  ) {
    let (batch, channels, inner) = channelAxes
    let (rows, width) = inner == 1 ? (batch, channels) : (batch * channels, inner)
    let (a, dy) = (term?.a, term?.dy)
    parallel(over: rows, grain: Swift.max(1, elementGrain / Swift.max(1, width))) { range in
      let (n, first, start) = (range.count, range.lowerBound, range.lowerBound * width)
      if dtype == .float32 {
        strata_channel_affine_f32(
          n, channels, inner, first, read(start), center.read(), b.read(), c.read(), dy?.read(start),
          a?.read(), y.write(start))
      } else {
        strata_channel_affine_f64(
          n, channels, inner, first, read(start), center.read(), b.read(), c.read(), dy?.read(start),
          a?.read(), y.write(start))
      }
    }
  }

  private var channelAxes: (batch: Int, channels: Int, inner: Int) {
    (shape[0], shape[1], shape.lengths.dropFirst(2).reduce(1, *))
  }
}
