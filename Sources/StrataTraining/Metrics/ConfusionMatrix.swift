import StrataLayers
import StrataTensor

/// How often each class was taken for which.
///
/// ```swift
/// let matrix = ConfusionMatrix(logits: try trainer.predict(test.inputs), labels: test.labels)
/// matrix[actual: 4, predicted: 9]
/// print(matrix)
/// ```
public struct ConfusionMatrix: Sendable, Equatable {
  /// `counts[actual][predicted]`.
  public private(set) var counts: [[Int]]

  /// A matrix of `classes` classes, with no prediction yet.
  public init(classes: Int) {
    require(classes > 0, "ConfusionMatrix: \(classes) classes cannot be told apart")
    counts = Array(repeating: Array(repeating: 0, count: classes), count: classes)
  }

  /// The predictions that logits make of labels; negative ones, as padding is marked, and `ignoredIndex` do not count.
  public init(logits: Tensor, labels: Tensor, ignoredIndex: Int? = nil) {
    self.init(classes: logits.shape[-1])
    add(logits: logits, labels: labels, ignoredIndex: ignoredIndex)
  }

  /// Adds the predictions of a batch, its logits and labels as every ``Metric`` of classes takes them.
  public mutating func add(logits: Tensor, labels: Tensor, ignoredIndex: Int? = nil) {
    let rows = ClassRows(logits, labels, ignoredIndex: ignoredIndex, for: "ConfusionMatrix")
    require(
      rows.classes == counts.count,
      "ConfusionMatrix: logits \(logits.shape) have \(rows.classes) classes, and the matrix has \(counts.count)")
    rows.forEach { logits, label in counts[label][logits.predictedClass] += 1 }
  }

  /// How often `actual` was taken for `predicted`.
  public subscript(actual actual: Int, predicted predicted: Int) -> Int { counts[actual][predicted] }

  /// The number of predictions.
  public var total: Int { counts.reduce(0) { $0 + $1.reduce(0, +) } }

  /// The part of all predictions that are right; nil before the first.
  public var accuracy: Double? { ratio(counts.indices.reduce(0) { $0 + counts[$1][$1] }, total) }

  /// The part of a class's examples that were recognized; nil where there are none.
  public func recall(of label: Int) -> Double? {
    requireClass(label)
    return ratio(counts[label][label], counts[label].reduce(0, +))
  }

  /// The part of the predictions of a class that are right; nil where it was never predicted.
  public func precision(of label: Int) -> Double? {
    requireClass(label)
    return ratio(counts[label][label], counts.reduce(0) { $0 + $1[label] })
  }

  private func requireClass(_ label: Int) {
    require(counts.indices ~= label, "ConfusionMatrix: there is no class \(label) among \(counts.count)")
  }

  private func ratio(_ part: Int, _ whole: Int) -> Double? { whole == 0 ? nil : Double(part) / Double(whole) }
}

extension ConfusionMatrix: CustomStringConvertible {
  /// A table with a row for each actual class and a column for each predicted one, zeros as dots. Recall and
  /// precision are in percent; ten classes of four digits fit 80 columns.
  public var description: String {
    func percentage(_ part: Double?) -> String {
      part.map { $0 == 1 ? "100" : fixed(100 * $0, places: 1) } ?? "–"
    }
    let classes = counts.indices
    let header = ["actual"] + classes.map { "→\($0)" } + ["recall"]
    let rows = classes.map { actual in
      ["\(actual)"] + counts[actual].map { $0 == 0 ? "·" : "\($0)" } + [percentage(recall(of: actual))]
    }
    let precisions = ["precision"] + classes.map { percentage(precision(of: $0)) } + [percentage(accuracy)]
    return table([header] + rows + [precisions], rightAligned: Set(1...counts.count + 1))
  }
}
