import StrataTensor

extension Module {
  /// Returns the outputs for inputs of any number of rows, in inference, `batchSize` rows at a time.
  ///
  /// ```swift
  /// let logits = try model.predict(test.inputs)
  /// ```
  ///
  /// A row's output does not depend on `batchSize`, to the last bit, in `float32` on CPUs with AVX-512. In `float64`, and
  /// elsewhere, products of matrices are OpenBLAS's, which sums in another order for another number of rows: outputs then
  /// agree to rounding.
  ///
  /// - Throws: ``ShapeError`` if the inputs do not fit the model.
  public func predict(_ inputs: Input, batchSize: Int = 256) throws -> Output {
    require(batchSize >= 1, "predict: a batch of \(batchSize) rows is not possible")
    try validate(input: inputs.shapes)
    guard let rows = inputs.rowCount else {
      stop("predict: inputs of shape \(inputs.shapes.listed) must have first axes of one length")
    }
    let first = self(inputs.rows(0..<min(rows, batchSize)))
    if rows <= batchSize { return first }
    return first.followed(
      by: stride(from: batchSize, to: rows, by: batchSize).map { self(inputs.rows($0..<min(rows, $0 + batchSize))) })
  }
}
