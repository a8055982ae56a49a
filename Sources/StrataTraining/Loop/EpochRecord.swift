import StrataTensor

/// What happened in one epoch of training.
public struct EpochRecord: Sendable, Equatable, Codable {
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

  /// What callbacks measured, by name.
  public internal(set) var metrics: [String: Double] = [:]

  /// Training examples a second.
  public var examplesPerSecond: Double { Double(training.examples) / seconds }

  /// The loss that the epoch is judged by: that of the validation examples, else that of training.
  public var judgedLoss: Double { validation?.loss ?? training.loss }

  /// Which examples it is judged by.
  var judge: String { validation == nil ? "training" : "validation" }
}

extension EpochRecord: CustomStringConvertible {
  /// "epoch 3  loss 0.1234  accuracy 96.4 %  validation loss 0.2345  accuracy 93.1 %  rate 0.001"
  public var description: String { (["epoch \(epoch)"] + figures).joined(separator: "  ") }

  /// The parts of the description after the epoch's number.
  var figures: [String] { EpochRecord.figures(training, validation, metrics, learningRate) }

  static func figures(
    _ training: Evaluation, _ validation: Evaluation?, _ metrics: [String: Double], _ learningRate: Double?
  ) -> [String] {
    ["\(training)"] + (validation.map { ["validation \($0)"] } ?? [])
      + metrics.sorted { $0.key < $1.key }.map { "\($0.key) \(lossText($0.value))" }
      + (learningRate.map { ["rate \(shortText($0))"] } ?? [])
  }
}
