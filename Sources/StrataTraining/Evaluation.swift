import StrataTensor

/// How well a model does on some examples: its mean loss, and how many of its classes are right.
public struct Evaluation: Sendable, Equatable {
  /// The number of examples.
  public private(set) var examples: Int

  /// How many class indices were predicted and how many of them rightly, where labels are class indices.
  public private(set) var predictions: (right: Int, all: Int)?

  private var totalLoss: Double

  /// The mean loss of an example.
  public var loss: Double { totalLoss / Double(examples) }

  /// The part of class indices predicted rightly, from 0 to 1; nil for a regression.
  public var accuracy: Double? { predictions.map { Double($0.right) / Double($0.all) } }

  /// One batch: the mean loss of its examples, and its predictions if it has classes.
  public init(loss: Double, examples: Int, predictions: (right: Int, all: Int)? = nil) {
    self.examples = examples
    self.predictions = predictions
    totalLoss = loss * Double(examples)
  }

  /// Adds other examples. Each example weighs the same, whatever the size of the batch it came in.
  public static func += (a: inout Evaluation, b: Evaluation) {
    a.examples += b.examples
    a.totalLoss += b.totalLoss
    if let (right, all) = b.predictions {
      a.predictions = ((a.predictions?.right ?? 0) + right, (a.predictions?.all ?? 0) + all)
    }
  }

  /// No examples yet.
  init() { self.init(loss: 0, examples: 0) }

  /// Whether examples, loss and predictions are the same.
  public static func == (a: Evaluation, b: Evaluation) -> Bool {
    a.examples == b.examples && a.totalLoss == b.totalLoss && a.predictions?.right == b.predictions?.right
      && a.predictions?.all == b.predictions?.all
  }
}

extension Evaluation: CustomStringConvertible {
  /// "loss 0.1234  accuracy 96.4 %"
  public var description: String {
    "loss \(lossText(loss))" + (accuracy.map { "  accuracy \(percent($0))" } ?? "")
  }
}
