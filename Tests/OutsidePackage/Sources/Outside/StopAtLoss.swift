import Strata

/// Ends training after the step whose loss is below a limit, and halves the learning rate after each epoch.
public struct StopAtLoss: Callback {
  public let limit: Double
  /// The norm of the gradient at each step.
  public private(set) var norms: [Double] = []

  public init(limit: Double) { self.limit = limit }

  public mutating func afterStep(_ trainer: inout some TrainingLoop) {
    norms.append(trainer.gradientNorm ?? .nan)
    if let loss = trainer.lastStep?.loss, loss < limit { trainer.isFinished = true }
  }

  public mutating func afterEpoch(_ trainer: inout some TrainingLoop) {
    trainer.learningRate /= 2
    trainer.metrics["steps"] = Double(norms.count)
  }
}

/// Fails when it is first called.
public struct Faulty: Callback {
  public struct Refusal: Error {}

  public init() {}

  public mutating func beforeStep(_ trainer: inout some TrainingLoop) throws { throw Refusal() }
}
