import StrataTensor

/// The share of rows whose true class has the largest logit; of equal logits the first class has it. Of rows with one
/// logit, class 1 is predicted where it is above 0.
public struct Accuracy: Metric {
  private let ignoredIndex: Int?
  private var share = MeanValue()

  public init(ignoredIndex: Int? = nil) { self.ignoredIndex = ignoredIndex }

  public var name: String { "accuracy" }
  public var value: Double { share.value }

  public mutating func add(_ logits: Tensor, _ labels: Tensor) {
    ClassRows(logits, labels, ignoredIndex: ignoredIndex, for: "Accuracy").forEach { logits, label in
      share.add(logits.predictedClass == label ? 1 : 0)
    }
  }
}

/// The share of rows whose largest logit is that of the true class. Labels that are no class, as padding is marked, do
/// not count.
///
/// - Parameters:
///   - logits: `[B, K]`, or more axes before the last.
///   - labels: `int32` class indices of the logits' shape without the last axis.
///   - ignoredIndex: A class index that does not count either.
/// - Returns: From 0 to 1; NaN where no row counts.
public func accuracy(_ logits: Tensor, _ labels: Tensor, ignoredIndex: Int? = nil) -> Double {
  guard let (right, all) = rightPredictions(logits, labels, ignoredIndex) else {
    stop(
      "accuracy: logits of \(logits.dtype) \(logits.shape) need int32 labels of the same shape without its "
        + "last axis, not \(labels.dtype) \(labels.shape)")
  }
  return Double(right) / Double(all)
}

/// How many of the predicted classes are right, and how many count; nil where the labels are no class indices of these
/// logits.
func rightPredictions(
  _ logits: some TensorGroup, _ labels: some TensorGroup, _ ignoredIndex: Int?
) -> (right: Int, all: Int)? {
  guard let logits = logits as? Tensor, let labels = labels as? Tensor else { return nil }
  let (shape, classes) = (logits.shape.lengths, labels.shape.lengths)
  guard labels.dtype == .int32, shape.count == classes.count + 1, shape.last! > 0,
    shape.dropLast().elementsEqual(classes)
  else { return nil }
  guard logits.dtype.isFloatingPoint else { return nil }
  let indices = labels.elements(Int32.self)
  var (right, all) = (0, 0)
  logits.forEachRow { row, largest in
    let label = Int(indices[row])
    guard 0..<shape.last! ~= label && label != ignoredIndex else { return }
    all += 1
    if largest == label { right += 1 }
  }
  return (right, all)
}
