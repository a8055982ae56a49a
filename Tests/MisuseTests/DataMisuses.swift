import Strata
import StrataTensor

private let dataset = Dataset(inputs: Tensor(zeros: [4, 2]), labels: Tensor(labels: [0, 1, 0, 1]))

/// Misuse of data sets and files. The content of a file never stops the program.
let dataMisuses: [String: Misuse] = [
  "labels for other inputs": Misuse("Examples: inputs of shape [4, 2] and labels of shape [3]", "one length") {
    _ = Dataset(inputs: dataset.inputs, labels: Tensor(labels: [0, 1, 0]))
  },
  "a split beyond the end": Misuse("Examples.split: 5 is not in 0...4") { _ = dataset.split(at: 5) },
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
]
