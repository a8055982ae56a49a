import StrataData
import StrataLayers
import StrataTensor

/// How well a model does on some examples: its mean loss, how many of its classes are right, and the metrics asked for.
public struct Evaluation: Sendable, Equatable, Codable {
  /// The number of examples.
  public private(set) var examples: Int

  /// Σ divisor · loss over the batches: the loss before it is divided.
  private var totalLoss: Double

  /// The part of the divisor that grows with the batches, and that which does not: of a sum, 0 and 1.
  private var weight: Double
  private var constantWeight = 0.0

  /// The values of metrics by their names.
  public internal(set) var metrics: [String: Double] = [:]

  private var right = 0
  private var predictions = 0

  /// The loss over all examples at once, whatever batches they came in; NaN where there are none.
  public var loss: Double {
    let divisor = weight + constantWeight
    return divisor == 0 && examples > 0 ? 0 : totalLoss / divisor
  }

  /// The share of class indices that were predicted, from 0 to 1, ignored ones left out; nil where there are none.
  public var accuracy: Double? { predictions == 0 ? nil : Double(right) / Double(predictions) }

  /// One batch: the mean loss of its examples and, where labels are class indices, how many of them were
  /// predicted and how many correctly.
  public init(loss: Double, examples: Int, predictions: (right: Int, all: Int)? = nil) {
    require(
      examples >= 0 && predictions.map { 0...max(0, $0.all) ~= $0.right } ?? true,
      "Evaluation: \(examples) examples with \(predictions?.right ?? 0) of \(predictions?.all ?? 0) predictions right are "
        + "not possible")
    self.init(loss: loss, examples: examples, divisor: Double(examples), predictions: predictions)
  }

  /// One batch of an objective, which counts by its divisor.
  init<Inputs, Labels>(
    of batch: Examples<Inputs, Labels>.Batch, loss: Double, by objective: some Objective<some TensorGroup, Labels>,
    _ predictions: (right: Int, all: Int)?
  ) {
    self.init(
      loss: loss, examples: batch.count, divisor: objective.divisor(of: batch.labels),
      constant: objective.divisor(of: batch.labels.rows(0..<0)), predictions: predictions)
  }

  private init(
    loss: Double, examples: Int, divisor: Double, constant: Double = 0, predictions: (right: Int, all: Int)?
  ) {
    self.examples = examples
    (totalLoss, weight, constantWeight) = (divisor == 0 ? 0 : loss * divisor, divisor - constant, constant)
    if let predictions { (right, self.predictions) = predictions }
  }

  /// No examples yet.
  package init() { self.init(loss: 0, examples: 0) }

  /// Adds other examples. Each counts as it does in the loss of all at once, whatever the size of its batch. ``metrics``
  /// stay as they are: the value of both parts does not follow from those of each.
  public static func += (a: inout Evaluation, b: Evaluation) {
    a.examples += b.examples
    a.totalLoss += b.totalLoss
    a.weight += b.weight
    a.constantWeight = max(a.constantWeight, b.constantWeight)
    a.right += b.right
    a.predictions += b.predictions
  }
}

extension Evaluation {
  /// The evaluation that was saved.
  ///
  /// - Throws: `DecodingError` where a number has no meaning.
  public init(from decoder: any Decoder) throws {
    let values = try decoder.container(keyedBy: CodingKeys.self)
    examples = try values.decodeCount(forKey: .examples)
    totalLoss = try values.decode(Double.self, forKey: .totalLoss)
    weight = try values.decodeFinite(forKey: .weight)
    constantWeight = try values.decodeFinite(forKey: .constantWeight)
    predictions = try values.decodeCount(forKey: .predictions)
    right = try values.decode(in: 0...predictions, forKey: .right)
    metrics = try values.decodeIfPresent([String: Double].self, forKey: .metrics) ?? [:]
  }
}

extension Evaluation: CustomStringConvertible {
  /// "loss 0.1234  accuracy 96.4 %  recall 0.9512"
  public var description: String {
    "loss \(lossText(loss))" + (accuracy.map { "  accuracy \(percent($0))" } ?? "")
      + metrics.sorted { $0.key < $1.key }.map { "  \($0.key) \(lossText($0.value))" }.joined()
  }
}
