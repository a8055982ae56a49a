import StrataData
import StrataLayers
import StrataTensor

extension Module {
  /// Sets every running statistic, such as those of `BatchNorm`, to its mean over the batches of a source.
  ///
  /// ```swift
  /// try model.load(average)
  /// try model.recomputeStatistics(over: train)
  /// ```
  ///
  /// With other weights, such as an average, the activations have other means than the running ones. Batches come as for an
  /// evaluation, each counts the same, and the model runs as in training; its random streams are put back. Statistics below
  /// a stopped gradient or in a `Frozen` part stay. PyTorch's `update_bn`.
  ///
  /// - Throws: `ShapeError` where a batch does not fit, ``TrainingDataError`` where there is none; nothing has changed
  ///   then.
  public func recomputeStatistics<Source: BatchSource>(over source: Source, batchSize: Int = 256) throws
  where Source.Inputs == Input {
    let contents = ModelContents(of: self)
    guard !contents.statistics.isEmpty else { return }
    var sums: [ObjectIdentifier: (sum: Tensor, count: Double)] = [:]
    var batches = try source.batches(for: BatchRequest(batchSize: batchSize))
    guard try batches.peek() != nil else { throw TrainingDataError.noExamples(purpose: "statistics") }
    try contents.restoringStreams {
      while let batch = try batches.next() {
        try validate(trainingInput: batch.inputs.shapes)
        let (_, gradients) = gradients(at: batch.inputs) { (0, $0.zeros) }
        for observation in gradients.observations {
          let key = ObjectIdentifier(observation.statistic)
          let old = sums[key]
          let value = observation.value.converted(to: .float64)
          sums[key] = (old.map { $0.sum + value } ?? value, (old?.count ?? 0) + 1)
        }
      }
    }
    ModelSnapshot.changes.share {
      for (_, statistic) in contents.statistics {
        guard let (sum, count) = sums[ObjectIdentifier(statistic)] else { continue }
        statistic.value = (sum / count).converted(to: statistic.dtype)
      }
    }
  }
}

/// A source of batches for the statistics of a model that is not known yet.
struct StatisticsSource: Sendable {
  private let inputs: Any.Type
  private let recompute: @Sendable (any Module) throws -> Void

  init<Source: BatchSource & Sendable>(_ source: Source, batchSize: Int) {
    inputs = Source.Inputs.self
    recompute = { model in
      func run<Model: Module>(_ model: Model) throws {
        try model.recomputeStatistics(over: Recast<Model.Input, Source>(source: source), batchSize: batchSize)
      }
      try run(model)
    }
  }

  /// Stops the program unless the source is of the model's inputs.
  func requireInputs<Model: Module>(of model: Model, for callback: String) {
    require(
      inputs == Model.Input.self,
      "\(callback): statisticsFrom: gives batches of \(inputs), and the model takes \(Model.Input.self); give it a source "
        + "such as that of training")
  }

  func recomputeStatistics(of model: any Module) throws { try recompute(model) }
}

/// A source whose inputs are of a type known only when it runs.
private struct Recast<Inputs: TensorGroup, Source: BatchSource>: BatchSource {
  let source: Source

  func batches(for request: BatchRequest) throws -> BatchStream<Inputs, Source.Labels> {
    var batches = try source.batches(for: request)
    return BatchStream(count: batches.count) {
      try batches.next().map {
        Examples<Inputs, Source.Labels>.Batch(
          inputs: $0.inputs as! Inputs, labels: $0.labels, indices: $0.indices)
      }
    }
  }
}
