import Foundation
import Strata

extension Workload {
  /// One epoch of training on images of 28 × 28 that are read from their files and shuffled each time.
  static func epoch(images: Int, batch: Int) -> Workload {
    Workload("epoch-mnist") {
      let files = try ImageFiles(count: images)
      let model = withSeed(1, perceptron(784, 256, 10))
      var optimizer = Adam(for: model)
      let loss = SoftmaxCrossEntropy()
      var epoch = 0
      return {
        let inputs = try IDX.read(files.images, scaled: true).reshaped(to: [images, 784])
        let data = Dataset(inputs: inputs, labels: try IDX.read(files.labels))
        for batch in data.batches(of: batch, epoch: epoch) {
          let (_, gradients) = model.gradients(at: batch.inputs) { loss.evaluate($0, batch.labels) }
          try optimizer.update(along: gradients)
        }
        epoch += 1
      }
    }
  }
}
