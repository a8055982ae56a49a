import StrataTensor

extension Layer {
  /// The loss and the gradients of a whole batch, taken in parts of so many rows, which need less memory.
  ///
  /// ```swift
  /// let (loss, gradients) = model.gradients(at: x, labels, of: SoftmaxCrossEntropy(), microBatchSize: 16)
  /// ```
  ///
  /// Each part counts by its share of the loss's ``Loss/divisor(of:)``, so a smaller last part, or one with
  /// more ignored samples, weighs less, and the sums are those of the batch at once. Layers see the parts
  /// alone: batch statistics are the parts' own, each observed in turn.
  ///
  /// - Parameters:
  ///   - x: The model's input, batch axis first.
  ///   - target: The loss's target, row by row.
  ///   - loss: What is differentiated.
  ///   - microBatchSize: The rows of a part; where it is the whole batch, nothing is copied.
  ///   - read: Given the output and the target of each part.
  public func gradients(
    at x: Tensor, _ target: Tensor, of loss: some Loss, microBatchSize: Int,
    reading read: (_ output: borrowing Tensor, _ target: Tensor) -> Void = { _, _ in }
  ) -> (loss: Double, gradients: Gradients) {
    require(microBatchSize >= 1, "gradients: a micro-batch of \(microBatchSize) rows is not possible")
    require(
      x.rank > 0 && target.rank > 0 && x.shape[0] == target.shape[0],
      "gradients: an input of shape \(x.shape) and a target of \(target.shape) need as many rows")
    let count = x.shape[0]
    let whole = microBatchSize < count ? loss.divisor(of: target) : 1
    var gradients = Gradients()
    var total = 0.0
    for start in stride(from: 0, to: max(1, count), by: microBatchSize) {
      let rows = start..<min(count, start + microBatchSize)
      let (x, target) = rows.count == count ? (x, target) : (x[rows], target[rows])
      let share = rows.count == count ? 1 : whole == 0 ? 0 : loss.divisor(of: target) / whole
      total +=
        share
        * accumulateGradients(at: x, into: &gradients) { output in
          read(output, target)
          var (value, gradient) = loss.evaluate(output, target)
          if share != 1 { gradient *= share }
          return (value, gradient)
        }
    }
    return (total, gradients)
  }
}
