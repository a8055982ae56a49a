import StrataData
import StrataLayers
import StrataTensor

extension Trainer {
  /// Plans how many examples a step can take at once within a number of bytes.
  ///
  /// ```swift
  /// let plan = try trainer.findBatchSize(on: train, within: 2 << 30)
  /// try trainer.fit(train, epochs: 30, batchSize: plan.batchSize)
  /// ```
  ///
  /// It makes steps of 8 and 16 examples, and of twice as many while that fits and the bytes of an example still differ,
  /// and counts the most bytes of tensors alive at once. Then everything is as it was, to the bit, as after
  /// ``findRate(on:validation:from:to:steps:trials:trialSteps:batchSize:)``. The data set, the pool of free memory and
  /// whatever else the process has come on top.
  ///
  /// - Parameters:
  ///   - train: The examples of training, of which the first batch is repeated.
  ///   - bytes: The limit.
  ///   - maximum: The most examples to plan.
  /// - Throws: ``BatchSizeError`` where not even one example fits; else as `fit`.
  public func findBatchSize(
    on train: some BatchSource<Model.Input, Goal.Target>, within bytes: Int, maximum: Int = 65_536
  ) throws -> BatchSizePlan {
    require(
      bytes > 0 && maximum >= 1,
      "findBatchSize: \(bytes) bytes for up to \(maximum) examples are not possible; give positive numbers")
    return try restoringAll { trial in
      var batches = TrialBatches(train, of: trial, batchSize: 8)
      let batch = try batches.next()
      // The first step moves what is shared to memory apart; the optimizer's bytes are then those of any later step.
      _ = try trial.stepBytes(batch, rows: 8)
      let held = ModelContents(of: model).boxes.reduce(0) { $0 + $1.value.byteCount } + optimizer.slots.byteCount
      var (rows, each, isSteady) = (8, 0, false)
      var step = try trial.stepBytes(batch, rows: rows)
      while true {
        let (next, slope) = (try trial.stepBytes(batch, rows: 2 * rows), each)
        each = max(1, (next - step) / rows)
        isSteady = abs(each - slope) <= each / 100
        (rows, step) = (2 * rows, next)
        let fixed = max(0, step - rows * each)
        let most = min(maximum, (bytes - held - fixed) / each)
        if !isSteady && most >= 2 * rows { continue }
        if most < 1 { throw BatchSizeError(limit: bytes, leastPossible: held + fixed + each) }
        return BatchSizePlan(
          limit: bytes, heldBytes: held, fixedBytes: fixed, bytesPerExample: each, batchSize: most)
      }
    }
  }

  /// Makes a step of a number of rows, and returns the most bytes alive at once above those before it, the batch among
  /// them.
  private mutating func stepBytes(_ batch: Examples<Model.Input, Goal.Target>.Batch, rows: Int) throws -> Int {
    let meter = WorkMeter()
    let order = (0..<rows).map { $0 % batch.count }
    try step(
      on: Examples.Batch(inputs: batch.inputs.gathered(rows: order), labels: batch.labels.gathered(rows: order)))
    return meter.reading().peakBytes
  }
}
