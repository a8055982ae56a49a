import Strata

/// The training step of bags of 16 words over a sparse table, whose rows no step should cost more for.
let embeddingWorkloads: [Workload] = [1_000, 100_000, 10_000_000].map { rows in
  Workload("sparse-embedding-\(rows)") {
    let model = withSeed(1) {
      Sequential {
        EmbeddingBag(rows, 16, initializer: .constant(0.1), isSparse: true); Linear(16, 2)
      }
    }
    var optimizer = SparseAdam(for: model)
    var generator = RandomGenerator(seed: 1)
    let batches = (0..<64).map { _ in
      let words = (0..<64 * 16).map { _ in Int32.random(in: 0..<Int32(rows), using: &generator) }
      let labels = Tensor(labels: (0..<64).map { _ in Int.random(in: 0...1, using: &generator) })
      return (words: Tensor(words, shape: [64, 16]), labels: labels)
    }
    var next = 0
    return {
      let batch = batches[next % batches.count]
      next += 1
      let (_, gradients) = model.gradients(at: batch.words) { SoftmaxCrossEntropy().evaluate($0, batch.labels) }
      try optimizer.update(along: gradients)
    }
  }
}
