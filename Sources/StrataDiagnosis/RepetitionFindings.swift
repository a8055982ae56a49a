import StrataData
import StrataLayers
import StrataTensor

// Batches and rows that repeat.

/// Returns a hash of the rows of a batch, independent of their order.
func rowsHash(_ inputs: Tensor, _ labels: Tensor) -> Int {
  rowHashes(inputs, labels).sorted().hashValue
}

/// Returns a hash for each row with its label.
private func rowHashes(_ inputs: Tensor, _ labels: Tensor?) -> [Int] {
  (0..<inputs.shape[0]).map { row in
    var hasher = Hasher()
    for tensor in [inputs, labels].compactMap({ $0 }) {
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
func repeatedExamples(in data: Dataset) -> Finding? {
  let count = min(data.count, 4096)
  guard count >= 16, data.inputs.dtype.isFloatingPoint else { return nil }
  let rows = data.inputs[0..<count]
  let different = Set(rowHashes(rows, nil)).count
  guard 2 * different <= count, Set(rows.elements(as: Float.self)).count > 16 else { return nil }
  return Finding(
    .repeatedBatch, "the first \(count) examples have \(different) different inputs",
    remedy: "look at the loop that reads the data: it seems to read the same rows again")
}
