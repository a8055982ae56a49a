import Foundation
import Strata

/// Data that is read while it is trained on.
enum Streams {
  /// Trains a small model on windows of a sparse file, and reports how its resident memory grows after the first steps.
  static func tokens(_ path: String, bytes: Int) throws -> [(String, Double)] {
    guard FileManager.default.createFile(atPath: path, contents: nil), let file = FileHandle(forWritingAtPath: path)
    else { refuse("\(path) cannot be written") }
    defer { try? FileManager.default.removeItem(atPath: path) }
    try file.truncate(atOffset: UInt64(bytes / 2 * 2))
    let windows = try TokenWindows(StoredArray(raw: path, .uint16), length: 64, shuffling: .blocks(of: 1 << 14))
    let model = Sequential {
      Embedding(256, 32)
      Linear(32, 256)
    }
    var trainer = Trainer(model, loss: SoftmaxCrossEntropy(), optimizer: SGD(for: model, learningRate: 0.01))
    var stream = windows.batches(for: BatchRequest(batchSize: 16, epoch: 1))
    var (early, step) = (0.0, 0)
    let (seconds, _, _) = try Clock.measure {
      while step < 20_000, let batch = try stream.next() {
        _ = try trainer.step(on: batch)
        step += 1
        if step == 2_000 { early = Clock.memory("VmRSS") }
      }
    }
    let late = Clock.memory("VmRSS")
    return [
      ("steps", Double(step)), ("seconds", seconds), ("mebibytes_after_2000_steps", early), ("mebibytes_at_end", late),
      ("growth_percent", 100 * (late / early - 1)),
    ]
  }

  /// Trains the perceptron of `mlp-mnist` from a stored array, prefetched, and reports which part of the time it waited
  /// for batches.
  static func prefetch(in directory: String) throws -> [(String, Double)] {
    let (images, labels) = (directory + "/data-bench-images.npy", directory + "/data-bench-labels.npy")
    defer { for path in [images, labels] { try? FileManager.default.removeItem(atPath: path) } }
    let rows = 60_000
    try NPY.write(Tensor(normal: [rows, 784]), to: images)
    try NPY.write(Tensor(labels: (0..<rows).map { $0 % 10 }), to: labels)
    let source = try StoredExamples(inputs: StoredArray(npy: images), labels: StoredArray(npy: labels)).prefetched()
    let model = Sequential {
      Linear(784, 256)
      ReLU()
      Linear(256, 128)
      ReLU()
      Linear(128, 10)
    }
    var trainer = Trainer(model, loss: SoftmaxCrossEntropy(), optimizer: Adam(for: model))
    return try waits(of: &trainer, on: source, batchSize: 128)
  }

  /// Trains for three epochs, and reports which part of the time it waited for batches.
  static func waits<Rule: Optimizer>(
    of trainer: inout Trainer<Sequential, SoftmaxCrossEntropy, Rule>, on source: some BatchSource<Tensor, Tensor>,
    batchSize: Int
  ) throws -> [(String, Double)] {
    var (waited, stepped) = ([Double](), [Double]())
    for epoch in 1...3 {
      var stream = try source.batches(for: BatchRequest(batchSize: batchSize, epoch: epoch))
      while true {
        let (wait, _, batch) = try Clock.measure { try stream.next() }
        guard let batch else { break }
        let (step, _, _) = try Clock.measure { try trainer.step(on: batch) }
        waited.append(wait)
        stepped.append(step)
      }
    }
    let median = { (times: [Double]) in times.sorted()[times.count / 2] }
    let total = (waited + stepped).reduce(0, +)
    return [
      ("steps", Double(stepped.count)), ("median_step_microseconds", 1e6 * median(stepped)),
      ("median_wait_microseconds", 1e6 * median(waited)), ("waited_percent", 100 * waited.reduce(0, +) / total),
    ]
  }
}
