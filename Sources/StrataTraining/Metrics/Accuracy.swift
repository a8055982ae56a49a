import StrataTensor

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
  func right<T: KernelScalar>(_: T.Type) -> (right: Int, all: Int) {
    rightRows(logits.elements(T.self), labels.elements(Int32.self), ignoredIndex)
  }
  return logits.dtype.withKernels(for: "accuracy") { right($0) }
}

/// The number of rows whose largest element, the first of equals, stands at the row's label, and the number of rows whose
/// label is in range and not ignored. A NaN counts as
/// largest, as in ``Tensor/argmax()``, which makes tensors that a training step can do without.
private func rightRows<T: BinaryFloatingPoint>(
  _ rows: UnsafeBufferPointer<T>, _ labels: UnsafeBufferPointer<Int32>, _ ignoredIndex: Int?
) -> (right: Int, all: Int) {
  guard !labels.isEmpty else { return (0, 0) }
  let width = rows.count / labels.count
  var (right, all) = (0, 0)
  for row in labels.indices where 0..<width ~= Int(labels[row]) && Int(labels[row]) != ignoredIndex {
    all += 1
    let start = row * width
    var best = start
    for index in start + 1..<start + width where !(rows[index] <= rows[best]) {
      if rows[best].isNaN { break }
      best = index
    }
    if best - start == Int(labels[row]) { right += 1 }
  }
  return (right, all)
}
