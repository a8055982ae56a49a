import StrataTensor

/// Demands the same bits of `results` with 1, 2 and 8 workers, at the first of some shapes whose work is cut into
/// blocks, and that several threads shared these.
///
/// - Parameter results: What is computed for an input of a shape.
func checkWorkers(
  _ shapes: [Shape], _ results: (Shape) throws -> () throws -> [(name: String, tensor: Tensor)]
) throws -> String {
  for shape in shapes {
    let threads = try threadsSharing(results(shape))
    if threads > 0 { return "shape \(shape), \(threads) threads" }
  }
  throw Checklist.Skip("no operation at shape \(shapes.last!) is cut into blocks that threads could share")
}

/// Returns how many threads took part in `results` with up to 8 workers; 0 where no operation is cut into blocks.
private func threadsSharing(_ results: () throws -> [(name: String, tensor: Tensor)]) throws -> Int {
  let expected = try withWorkers(1, results)
  var most = 0
  for workers in [2, 8] {
    let (found, threads) = try WorkerLog.sharing(workers: workers, results)
    try demandSameBits(
      found, expected,
      "\(workers) workers give other bits than 1: cut work by the shape alone, and sum in a fixed order")
    try demand(
      threads != 1, expected: "several threads in the work of \(workers) workers", found: "one thread",
      at: "operations that are cut into blocks", cause: "something sets the number of workers to 1 meanwhile")
    most = max(most, threads)
  }
  return most
}

extension Shape {
  /// The same shape with batches of growing size, the smallest just large enough for two blocks of elements.
  var withLargeBatches: [Shape] {
    guard rank > 0, count > 0 else { return [self] }
    return [1, 8].map { withLeading(self[0] * ($0 * elementGrain * 5 / 4 / count + 1)) }
  }
}
