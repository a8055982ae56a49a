/// One number of an epoch, as logs name it.
package struct EpochFigure {
  /// Such as "loss".
  package let name: String
  /// Which examples it is of; nil where it is of the epoch itself.
  package let part: String?
  package let value: Double

  /// "validation loss", and "loss" of the training examples.
  package var title: String { part == "validation" ? "validation \(name)" : name }
}

extension EpochRecord {
  /// All numbers of the epoch, in the order in which a reader looks for them.
  package var allFigures: [EpochFigure] {
    func figures(_ evaluation: Evaluation, _ part: String) -> [EpochFigure] {
      [EpochFigure(name: "loss", part: part, value: evaluation.loss)]
        + (evaluation.accuracy.map { [EpochFigure(name: "accuracy", part: part, value: $0)] } ?? [])
        + named(evaluation.metrics, part)
    }
    func named(_ metrics: [String: Double], _ part: String?) -> [EpochFigure] {
      metrics.sorted { $0.key < $1.key }.map { EpochFigure(name: $0.key, part: part, value: $0.value) }
    }
    return figures(training, "training") + (validation.map { figures($0, "validation") } ?? []) + named(metrics, nil)
      + [
        EpochFigure(name: "rate", part: nil, value: learningRate),
        EpochFigure(name: "seconds", part: nil, value: seconds),
      ]
  }
}
