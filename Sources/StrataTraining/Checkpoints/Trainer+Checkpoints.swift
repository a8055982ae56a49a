import StrataData
import StrataLayers
import StrataTensor

/// Where a run was left.
struct Resumption: Sendable {
  let batchesDone: Int
  let training: Evaluation
  let isFinished: Bool
}

extension Trainer {
  public var checkpoint: TrainingCheckpoint {
    get throws {
      var tensors: [String: Tensor] = [:]
      for (name, tensor) in model.state { tensors["model." + name] = tensor }
      for (name, tensor) in optimizer.state { tensors["optimizer." + name] = tensor }
      for (prefix, callback) in namedCallbacks() {
        for (name, tensor) in callback.state { tensors[prefix + name] = tensor }
      }
      let running = epoch.flatMap { $0.number == epochsDone + 1 ? $0 : nil }
      return TrainingCheckpoint(
        tensors,
        TrainingCheckpoint.Progress(
          epochsDone: epochsDone, batchesDone: running?.batchesDone ?? 0, training: running?.training ?? Evaluation(),
          stepsDone: stepsDone, learningRate: learningRate, seed: seed, isFinished: isFinished, history: history))
    }
  }

  /// Goes on from a checkpoint: the next call of `fit` makes the steps that the run would have made after it.
  ///
  /// The trainer must be made as the run's was: model, optimizer, callbacks, data. Seeds need not be the same: they are
  /// part of the checkpoint.
  ///
  /// - Throws: `StateError` if the model, the optimizer or a callback is another one; nothing has changed then.
  public mutating func load(_ checkpoint: TrainingCheckpoint) throws {
    let (before, state) = (self, model.state)
    do { try take(checkpoint) } catch {
      self = before
      try model.load(state)
      throw error
    }
  }

  private mutating func take(_ checkpoint: TrainingCheckpoint) throws {
    try model.load(checkpoint.tensors(under: "model."))
    try optimizer.load(checkpoint.tensors(under: "optimizer."))
    let progress = checkpoint.progress
    if !checkpoint.tensors(under: "callback.patience.").isEmpty { stopping = EarlyStopping(patience: 1) }
    for (index, (prefix, _)) in namedCallbacks().enumerated() {
      if index < callbacks.count {
        try callbacks[index].load(checkpoint.tensors(under: prefix))
      } else {
        try stopping?.load(checkpoint.tensors(under: prefix))
      }
    }
    (epochsDone, history, seed) = (progress.epochsDone, progress.history, progress.seed)
    optimizer.learningRate = progress.learningRate
    resumption = Resumption(
      batchesDone: progress.batchesDone, training: progress.training, isFinished: progress.isFinished)
  }

  /// Goes on from the last good checkpoint that a ``Checkpointer`` has left in a directory.
  ///
  /// ```swift
  /// try trainer.resume(from: "checkpoints")
  /// try trainer.fit(train, epochs: max(0, 30 - trainer.epochsDone))
  /// ```
  ///
  /// A file that is damaged is named on the progress display, and the one before it is taken.
  ///
  /// - Returns: The checkpoint; nil where there is none, as before the first.
  /// - Throws: `StateError` as ``load(_:)``; `DataError` where all files are damaged.
  @discardableResult
  public mutating func resume(from directory: String) throws -> TrainingCheckpoint? {
    var failure: DataError?
    for path in Checkpointer.files(in: directory).reversed() {
      do {
        let checkpoint = try TrainingCheckpoint(contentsOf: path)
        if let failure {
          ProgressDisplay.standardError.write("warning: \(failure); going on from \(path)\n")
        }
        try load(checkpoint)
        return checkpoint
      } catch let error as DataError {
        failure = failure ?? error
      }
    }
    if let failure { throw failure }
    return nil
  }

  /// The callbacks with the prefixes of what is saved of them: their type, and which of that type they are.
  private func namedCallbacks() -> [(prefix: String, callback: any Callback)] {
    var counts: [String: Int] = [:]
    let own: (any Callback)? = ownCallbacks.first as? EarlyStopping ?? stopping
    return callbacks.map { callback in
      let type = "\(type(of: callback))"
      counts[type, default: 0] += 1
      return ("callback.\(type).\(counts[type]! - 1).", callback)
    } + (own.map { [("callback.patience.", $0)] } ?? [])
  }
}
