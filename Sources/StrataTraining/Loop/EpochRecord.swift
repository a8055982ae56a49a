/// What happened in one epoch of training.
public struct EpochRecord: Sendable, Equatable {
  /// Which epoch of the trainer this is, from 1.
  public let epoch: Int

  /// Loss and accuracy over the training examples, each as its step met it: while the model was moving.
  public let training: Evaluation

  /// Loss and accuracy over the validation examples at the epoch's end, where there are some.
  public let validation: Evaluation?

  /// The step size at the epoch's end.
  public let learningRate: Double

  /// How long the epoch's training steps took, validation apart.
  public let seconds: Double

  /// Training examples a second.
  public var examplesPerSecond: Double { Double(training.examples) / seconds }
}
