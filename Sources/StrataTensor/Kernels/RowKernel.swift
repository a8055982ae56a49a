/// What becomes of a row: its product or length, or a row of the sums or products up to each element. Its raw value is
/// the name in messages.
package enum RowKernel: String, Sendable {
  case prod, norm, cumulativeSum, cumulativeProduct
}
