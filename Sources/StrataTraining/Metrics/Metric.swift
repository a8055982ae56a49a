import StrataTensor

/// A figure over many batches that equals what it is over all their rows at once, however these are cut into batches.
///
/// ```swift
/// var recall = Recall(average: .label(1))
/// recall.add(model(batch.inputs), batch.labels)    // for each batch
/// print(recall.value)
/// ```
///
/// A ``Trainer`` measures its ``Trainer/validationMetrics`` in each epoch, and `evaluate(_:metrics:)` those it is given,
/// on the outputs that the loss is computed of. Metrics of classes take logits, as the losses do: `[…, K]` with `int32`
/// labels `[…]`, of which negative ones and an `ignoredIndex` do not count, or for two classes one logit an example with
/// floating-point targets 0 and 1 of the same shape. Sums are kept in float64, row after row.
public protocol Metric<Output, Target>: Sendable {
  /// What the model gives.
  associatedtype Output: TensorGroup

  /// What it should give.
  associatedtype Target: TensorGroup

  /// What the figure is called in records and lines, such as "recall".
  var name: String { get }

  /// The figure over all rows so far; NaN where it has no meaning, as before the first.
  var value: Double { get }

  /// Adds the rows of a batch.
  mutating func add(_ output: Output, _ target: Target)
}

extension Array {
  /// Adds the rows of a batch to each metric.
  mutating func add<Output, Target>(
    _ output: Output, _ target: Target
  ) where Element == any Metric<Output, Target> {
    for index in indices { self[index].add(output, target) }
  }

  /// The values of metrics by their names.
  func values<Output, Target>() -> [String: Double] where Element == any Metric<Output, Target> {
    Dictionary(map { ($0.name, $0.value) }) { _, last in last }
  }
}
