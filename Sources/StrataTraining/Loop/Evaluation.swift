import StrataTensor

/// How well a model does on some examples: its mean loss, and how many of its classes are right.
public struct Evaluation: Sendable, Equatable {
  /// The number of examples.
  public private(set) var examples: Int

  private var totalLoss: Double
  private var right = 0
  private var predictions = 0

  /// The mean loss of an example.
  public var loss: Double { totalLoss / Double(examples) }

  /// The part of class indices predicted rightly, from 0 to 1; nil for a regression.
  public var accuracy: Double? { predictions == 0 ? nil : Double(right) / Double(predictions) }

  /// One batch: the mean loss of its examples and, where labels are class indices, how many of them were
  /// predicted and how many rightly.
  public init(loss: Double, examples: Int, predictions: (right: Int, all: Int)? = nil) {
    self.examples = examples
    totalLoss = loss * Double(examples)
    if let predictions { (right, self.predictions) = predictions }
  }

  /// No examples yet.
  package init() { self.init(loss: 0, examples: 0) }

  /// Adds other examples. Each example weighs the same, whatever the size of the batch it came in.
  public static func += (a: inout Evaluation, b: Evaluation) {
    a.examples += b.examples
    a.totalLoss += b.totalLoss
    a.right += b.right
    a.predictions += b.predictions
  }
}

extension Evaluation: CustomStringConvertible {
  /// "loss 0.1234  accuracy 96.4 %"
  public var description: String {
    "loss \(lossText(loss))" + (accuracy.map { "  accuracy \(percent($0))" } ?? "")
  }
}
