/// The amount of work of one run.
enum Amount: Sendable {
  /// The multiplications and additions of a matrix product.
  case operations(Double)

  /// The bytes read and written.
  case bytes(Double)
}
