import Foundation
import Strata
import StrataTensor

private let dataset = Dataset(inputs: Tensor(zeros: [4, 2]), labels: Tensor(labels: [0, 1, 0, 1]))

/// Misuse of data sets and files. The content of a file never stops the program.
let dataMisuses: [String: Misuse] = [
  "labels for other inputs": Misuse("Examples: inputs of shape [4, 2] and labels of shape [3]", "one length") {
    _ = Dataset(inputs: dataset.inputs, labels: Tensor(labels: [0, 1, 0]))
  },
  "a split beyond the end": Misuse("Examples.split: 4 examples cannot be split at 5; give 0 to 4") {
    _ = dataset.split(at: 5)
  },
  "an epoch before the first": Misuse("Examples.batches: epochs count from 0, and this is -1") {
    _ = dataset.batches(of: 2, epoch: -1)
  },
  "batches of nothing": Misuse("Examples.batches: a batch of 0 examples is not possible") {
    _ = dataset.batches(of: 0)
  },
  "indices for other examples": Misuse("Batch: 1 indices for 4 examples; give one for each") {
    _ = Dataset.Batch(inputs: dataset.inputs, labels: dataset.labels, indices: [0])
  },
  "a batch that is not there": Misuse("Batches: there is no batch 2 among 2") { _ = dataset.batches(of: 2)[2] },
  "a tensor with the name of the metadata": Misuse("Safetensors.write: no tensor can be named __metadata__") {
    try Safetensors.write(["__metadata__": dataset.inputs], to: "/nowhere")
  },
  "a string with the name of the checksums": Misuse(
    "Safetensors.write: strata.xxh64 is the name of the file's checksums"
  ) {
    try Safetensors.write(["w": dataset.inputs], metadata: ["strata.xxh64": ""], to: "/nowhere")
  },
  "a row that a file has not": Misuse("StoredArray: rows from number 2 on are out of range for 3 rows") {
    try withTokens(3) { _ = try $0.gathered(rows: [0, 2, 3]) }
  },
  "rows of no numbers": Misuse("StoredArray: rows of shape [2, 0] have no numbers") {
    _ = try StoredArray(raw: "/nowhere", .uint8, rowShape: [2, 0])
  },
  "windows of no tokens": Misuse("TokenWindows: windows of 0 tokens are not possible") {
    try withTokens(3) { _ = try TokenWindows($0, length: 0) }
  },
  "an epoch of no windows": Misuse("TokenWindows: 0 random batches make no epoch") {
    try withTokens(3) { _ = try TokenWindows($0, length: 1, randomBatches: 0) }
  },
  "blocks of no rows": Misuse("Shuffling: blocks of 0 rows are not possible; give 1 or more") {
    try withTokens(3) {
      let windows = try TokenWindows($0, length: 1, shuffling: .blocks(of: 0))
      _ = windows.batches(for: BatchRequest(batchSize: 1, epoch: 0))
    }
  },
  "no batch ahead": Misuse("prefetched: a depth of 0 batches is not possible") { _ = dataset.prefetched(depth: 0) },
]

/// Calls `body` with a file of tokens.
private func withTokens(_ count: Int, _ body: (StoredArray) throws -> Void) throws {
  let file = FileManager.default.temporaryDirectory.appendingPathComponent("strata-\(UUID().uuidString)")
  try Data(count: count).write(to: file)
  defer { try? FileManager.default.removeItem(at: file) }
  try body(StoredArray(raw: file.path, .uint8))
}
