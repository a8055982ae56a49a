import StrataTensor

extension Module {
  /// The loss and the gradients of a whole batch, taken in parts of `microBatchSize` rows, which need less memory.
  ///
  /// ```swift
  /// let (loss, gradients) = model.gradients(at: x, labels, of: SoftmaxCrossEntropy(), microBatchSize: 16)
  /// ```
  ///
  /// Each part counts by its share of the loss's ``Objective/divisor(of:)``, so a smaller last part, or one with
  /// more ignored samples, weighs less, and the sums are those of the batch at once. Layers see the parts
  /// alone: batch statistics are the parts' own, each observed in turn.
  ///
  /// - Parameters:
  ///   - x: The model's input, batch axis first.
  ///   - target: The loss's target, row by row.
  ///   - loss: What is differentiated.
  ///   - microBatchSize: The rows of a part; where it is the whole batch, nothing is copied.
  ///   - read: Given the output and the target of each part.
  public func gradients<Goal: Objective>(
    at x: Input, _ target: Goal.Target, of loss: Goal, microBatchSize: Int,
    reading read: (_ output: borrowing Output, _ target: Goal.Target) -> Void = { _, _ in }
  ) -> (loss: Double, gradients: Gradients) where Goal.Output == Output {
    require(microBatchSize >= 1, "gradients: a micro-batch of \(microBatchSize) rows is not possible")
    guard let count = x.rowCount, count == target.rowCount else {
      stop("gradients: an input of shape \(x.shapes.listed) and a target of \(target.shapes.listed) need as many rows")
    }
    let whole = microBatchSize < count ? loss.divisor(of: target) : 1
    var gradients = Gradients()
    var total = 0.0
    for start in stride(from: 0, to: max(1, count), by: microBatchSize) {
      let rows = start..<min(count, start + microBatchSize)
      let (x, target) = (x.rows(rows), target.rows(rows))
      let share = rows.count == count ? 1 : whole == 0 ? 0 : loss.divisor(of: target) / whole
      total +=
        share
        * accumulateGradients(at: x, into: &gradients) { output in
          read(output, target)
          let (value, gradient) = loss.evaluate(output, target)
          return (value, share == 1 ? gradient : gradient.mapped { $0 * share })
        }
    }
    return (total + loss.addPenalty(scaledBy: 1, to: &gradients), gradients)
  }
}
