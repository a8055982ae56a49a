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
    let model = Sequential(
      block(3, 64) + block(64, 128, pools: true) + [Residual { Sequential(block(128, 128) + block(128, 128)) }]
        + block(128, 256, pools: true) + block(256, 512, pools: true)
        + [
          Residual { Sequential(block(512, 512) + block(512, 512)) }, MaxPool2D(kernel: 4), Flatten(), Linear(512, 10),
        ])
    var trainer = Trainer(model, loss: SoftmaxCrossEntropy(), optimizer: SGD(for: model, learningRate: 0.01))
    return try Streams.waits(of: &trainer, on: source, batchSize: 32)
  }

  private static func block(_ inputs: Int, _ outputs: Int, pools: Bool = false) -> [any Layer] {
    [Conv2D(inputs, outputs, kernel: 3, padding: 1, bias: false), BatchNorm(outputs), ReLU()]
      + (pools ? [MaxPool2D(kernel: 2)] : [])
  }
}
