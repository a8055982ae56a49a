/// The workloads of `strata-bench`, under the names that the peers' scripts use.
let workloads: [Workload] = families.flatMap(\.self)

private let families: [[Workload]] = [
  perceptronWorkloads, recurrentWorkloads, [convolution], visionWorkloads, transformerWorkloads, attentionWorkloads,
  embeddingWorkloads, inferenceWorkloads, elementwiseWorkloads, operationWorkloads, [orthogonal],
  productWorkloads, chainWorkloads,
  [.tape("autograd-mlp", input: [64, 784], hidden: 256)],
  [.epoch(images: 10_000, batch: 64)], bandwidthWorkloads,
]
