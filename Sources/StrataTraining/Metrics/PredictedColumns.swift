import StrataTensor

/// Gives the predictions of a regression with their targets, entry by entry in float64, with the number of its column.
///
/// Rows are along the first axis, so that `[B]` and `[B, 1]` have one column.
func forEachPrediction(
  _ outputs: Tensor, _ targets: Tensor, for metric: String,
  _ body: (_ column: Int, _ prediction: Double, _ target: Double) -> Void
) {
  require(
    outputs.shape == targets.shape && outputs.dtype.isFloatingPoint,
    "\(metric): predictions \(outputs.dtype) \(outputs.shape) and targets \(targets.dtype) \(targets.shape) must be of "
      + "one shape, and predictions floating-point")
  let columns = columnCount(outputs)
  let (predictions, targets) = (outputs.elements(as: Double.self), targets.elements(as: Double.self))
  for (index, (prediction, target)) in zip(predictions, targets).enumerated() {
    body(index % columns, prediction, target)
  }
}

/// The entries of a row along the first axis.
func columnCount(_ outputs: Tensor) -> Int { outputs.shape.lengths.dropFirst().reduce(1, *) }
