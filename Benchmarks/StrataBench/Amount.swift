/// What one run of a workload amounts to.
enum Amount: Sendable {
  /// The multiplications and additions of a matrix product.
  case operations(Double)

  /// The bytes that are read and written.
  case bytes(Double)
}
