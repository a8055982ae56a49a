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
    let width = channels * inner
    let grain = blockLength(batch, width: width, atLeast: inner == 1 ? 32 : 1)
    let sums = Tensor(uninitialized: [(batch + grain - 1) / grain, 3, channels], dtype: .float64)
    func run<T: KernelScalar>(_: T.Type) {
      parallel(over: batch, grain: grain) { range in
        let (start, block) = (range.lowerBound * width, range.lowerBound / grain * 3 * channels)
        T.channelSums(
          range.count, channels, inner, pointer(at: start), center.pointer(), step, dy?.pointer(at: start),
          sums.mutablePointer(at: block))
      }
    }
    dtype.withKernels(for: "BatchNorm") { run($0) }
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
    func run<T: KernelScalar>(_: T.Type) {
      parallel(over: rows, grain: Swift.max(1, elementGrain / Swift.max(1, width))) { range in
        let (first, start) = (range.lowerBound, range.lowerBound * width)
        T.channelAffine(
          range.count, channels, inner, first, pointer(at: start), center.pointer(), b.pointer(), c.pointer(),
          dy?.pointer(at: start), a?.pointer(), y.mutablePointer(at: start))
      }
    }
    dtype.withKernels(for: "BatchNorm") { run($0) }
  }

  private var channelAxes: (batch: Int, channels: Int, inner: Int) {
    (shape[0], shape[1], shape.lengths.dropFirst(2).reduce(1, *))
  }
}
