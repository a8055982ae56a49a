import StrataData
import StrataLayers

/// The batches that a trainer's next call of `fit` would begin with, pass after pass without an end.
struct TrialBatches<Model: Module, Goal: Objective, Source: BatchSource>
where Goal.Output == Model.Output, Source.Inputs == Model.Input, Source.Labels == Goal.Target {
  private let source: Source
  private var request: BatchRequest
  private var stream: BatchStream<Source.Inputs, Source.Labels>?
  private var check: BatchCheck<Model, Goal>

  /// How many batches of the first pass the run that the trainer goes on from has had.
  private var done: Int

  init(_ source: Source, of trainer: Trainer<Model, Goal, some Optimizer>, batchSize: Int) {
    self.source = source
    request = BatchRequest(batchSize: batchSize, epoch: trainer.epochsDone, seed: trainer.seed)
    done = trainer.resumption?.batchesDone ?? 0
    check = BatchCheck(trainer.model, trainer.loss)
    (check.isForTraining, check.partSize) = (true, trainer.microBatchSize ?? .max)
  }

  /// Returns the next batch.
  ///
  /// - Throws: What a batch that does not fit throws in `fit`; ``TrainingDataError`` where a pass has no batch.
  mutating func next() throws -> Examples<Source.Inputs, Source.Labels>.Batch {
    while true {
      if let batch = try stream?.next() {
        try check.admit(batch)
        return batch
      }
      if stream != nil { request.epoch! += 1 }
      var pass = try source.batches(for: request)
      try check.admit(&pass, for: "training")
      try pass.skip(done)
      (stream, done) = (pass, 0)
    }
  }
}
