import BenchNetworks
import Foundation
import Strata
import StrataImages

/// Images that are decoded and augmented while a residual network is trained on them.
enum Images {
  /// Trains the network of `resnet9` on files of these sides, brought to 32 × 32, augmented and prefetched, and reports
  /// which part of the time it waited for batches.
  static func prefetch(side: Int, in directory: String) throws -> [(String, Double)] {
    let folder = directory + "/data-bench-images"
    defer { try? FileManager.default.removeItem(atPath: folder) }
    for index in 0..<640 {
      let path = "\(folder)/\(index % 10)"
      try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
      try writePNG(Tensor(uniform: [3, side, side], in: 0..<1), to: "\(path)/\(index).png")
    }
    let source = try ImageFolder(folder, size: 32)
      .augmented(with: [
        .crop(padding: 4), .horizontalFlip(), .rotation(degrees: 10), .brightness(0.2), .noise(0.02), .erasing(),
      ])
      .prefetched()
    let model = resNet9()
    var trainer = Trainer(model, loss: SoftmaxCrossEntropy(), optimizer: SGD(for: model, learningRate: 0.01))
    return try Streams.waits(of: &trainer, on: source, batchSize: 32)
  }
}
