/// What becomes of a row: its product, its length, Σ (x − mean)² or log Σ exp x, or a row of the sums or products up to
/// each element. Its raw value is the name in messages.
package enum RowKernel: String, Sendable {
  case prod, norm, squaredDeviations = "variance", logSumExp, cumulativeSum, cumulativeProduct
}
