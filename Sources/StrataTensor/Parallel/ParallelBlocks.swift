import CStrataKernels

/// Runs `body` over the ranges that cut `0..<count` every `grain`, on the process's workers.
///
/// The cuts depend on `count` and `grain` alone, never on the number of workers.
@inline(__always)
package func parallel(over count: Int, grain: Int, _ body: (Range<Int>) -> Void) {
  guard count > grain else {
    if count > 0 { body(0..<count) }
    return
  }
  let grain = max(grain, (count - 1) / WorkerPool.maximumBlocks + 1)
  let blocks = (count - 1) / grain + 1
  WorkerPool.shared.run(blocks: blocks, workers: Runtime.threads) { block in
    body(block * grain..<min(count, (block + 1) * grain))
  }
}

/// Returns what `body` returns for each of `0..<count`, worked out on the process's workers.
package func parallelMap<R>(_ count: Int, _ body: (Int) -> R) -> [R] {
  Array(unsafeUninitializedCapacity: count) { results, filled in
    let first = results.baseAddress
    parallel(over: count, grain: 1) { range in
      for index in range { (first! + index).initialize(to: body(index)) }
    }
    filled = count
  }
}

/// The sum of what `body` returns for the same ranges, in an order fixed by `count` and `grain`.
package func parallelSum(over count: Int, grain: Int, _ body: (Range<Int>) -> Double) -> Double {
  guard count > grain else { return count > 0 ? body(0..<count) : 0 }
  let blocks = (count - 1) / grain + 1
  return withUnsafeTemporaryAllocation(of: Double.self, capacity: blocks) { partial in
    partial.initialize(repeating: 0)
    parallel(over: count, grain: grain) { range in partial[range.lowerBound / grain] = body(range) }
    return strata_sum_f64(blocks, partial.baseAddress!)
  }
}

/// How many elements of an elementwise operation make a block worth handing to a worker.
package let elementGrain = 16_384

/// Runs `body` over the ranges that cut the elements of an elementwise operation.
///
/// Of a large tensor there are at most 64: memory is fastest where each worker reads it in long runs. A range begins at a
/// multiple of 64 elements.
@inline(__always)
package func parallel(overElements count: Int, _ body: (Range<Int>) -> Void) {
  parallel(over: count, grain: max(elementGrain, (count / 64 + 63) / 64 * 64), body)
}

/// How many of `count` rows make a block, where every block has its own sums: long beside those sums, and
/// 64 blocks at most.
package func blockLength(_ count: Int, width: Int, atLeast minimum: Int) -> Int {
  max(minimum, elementGrain / max(1, width), (count + 63) / 64)
}
