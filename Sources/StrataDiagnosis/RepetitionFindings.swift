import StrataData
import StrataLayers
import StrataTensor

// Batches and rows that repeat.

/// Returns a hash of the rows of a batch, independent of their order.
func rowsHash(_ tensors: [Tensor]) -> Int { rowHashes(tensors).sorted().hashValue }

/// Returns a hash for each row of all tensors.
private func rowHashes(_ tensors: [Tensor]) -> [Int] {
  (0..<tensors.exampleCount).map { row in
    var hasher = Hasher()
    for tensor in tensors {
      let bytes = tensor.byteCount / tensor.shape[0]
      hasher.combine(bytes: UnsafeRawBufferPointer(start: tensor.storage.bytes + row * bytes, count: bytes))
    }
    return hasher.finalize()
  }
}

/// Returns a finding if at least three in ten steps repeat the batch of the step before.
func repeatedBatch(_ hashes: [Int]) -> Finding? {
  let pairs = zip(hashes, hashes.dropFirst())
  let repeated = pairs.count { $0 == $1 }
  guard hashes.count >= 4, Double(repeated) >= 0.3 * Double(hashes.count - 1) else { return nil }
  return Finding(
    .repeatedBatch,
    "\(repeated) of \(hashes.count - 1) steps had the rows of the step before; there were \(Set(hashes).count) different "
      + "batches in \(hashes.count) steps",
    remedy: "draw the next batch in every step: for batch in train.batches(of:epoch:), with the epoch's own number")
}

/// Returns a finding if most rows of a data set are copies of others and chance does not explain it: rows of
/// features with many values are rarely equal.
func repeatedExamples(in inputs: some TensorGroup) -> Finding? {
  let count = min(inputs.exampleCount, 4096)
  let rows = inputs.rows(0..<count).tensors
  let different = Set(rowHashes(rows)).count
  guard count >= 16, 2 * different <= count,
    rows.contains(where: { $0.dtype.isFloatingPoint && Set($0.elements(as: Float.self)).count > 16 })
  else { return nil }
  return Finding(
    .repeatedBatch, "the first \(count) examples have \(different) different inputs",
    remedy: "look at the loop that reads the data: it seems to read the same rows again")
}
