import StrataTensor

/// The gradient of a table of which a pass has used some rows: those rows alone, however many the table has.
///
/// ```swift
/// gradients.rows(of: embedding.weight)?.indices        // the rows that the batch looked up, each once
/// ```
///
/// An ``Embedding`` with `isSparse` adds one. Rows of one index are summed, in their order and in double precision, so
/// that it holds the bits of the gradient in full, ``tensor``.
public struct RowGradient: Sendable {
  /// Which rows have a gradient, `int32` [n]: each once, in ascending order.
  public private(set) var indices: Tensor

  /// Their gradients, [n, D]; the rows that are not among them have 0.
  public package(set) var rows: Tensor

  /// The shape of the table, [N, D].
  public let shape: Shape

  /// How many rows were added, before those of one index became one.
  package private(set) var added = 0

  /// No rows of a table.
  init(of parameter: Parameter) {
    shape = parameter.shape
    indices = Tensor(zeros: [0], dtype: .int32)
    rows = Tensor(zeros: [0, shape[1]], dtype: parameter.dtype)
  }

  /// The gradient in full, [N, D]: it costs as much as the table has elements.
  public var tensor: Tensor { Tensor(zeros: shape, adding: rows, at: indices) }

  /// The type of the numbers.
  public var dtype: DType { rows.dtype }

  /// Adds each row of x [n, D] to that of its index.
  mutating func add(_ x: Tensor, at places: Tensor) {
    // In ascending order of the index, and of equal ones in that of the rows.
    let known = indices.count
    let keys = (indices.elements(as: Int32.self) + places.elements(as: Int32.self)).enumerated()
      .map { UInt64($1) << 32 | UInt64($0) }.sorted()
    var (distinct, positions) = ([Int32](), [Int32](repeating: 0, count: keys.count))
    for key in keys {
      if distinct.last != Int32(key >> 32) { distinct.append(Int32(key >> 32)) }
      positions[Int(key & 0xffff_ffff)] = Int32(distinct.count - 1)
    }
    var sums = Tensor(zeros: [distinct.count, shape[1]], dtype: x.dtype)
    if known > 0 { sums.addRows(of: rows, at: Tensor(Array(positions[..<known]), shape: [known])) }
    sums.addRows(of: x, at: Tensor(Array(positions[known...]), shape: [places.count]))
    (indices, rows) = (Tensor(distinct, shape: [distinct.count]), sums)
    added += places.count
  }

  /// Where an element of the rows stands in the table.
  package func place(of element: Int) -> Int {
    Int(indices.elements(Int32.self)[element / shape[1]]) * shape[1] + element % shape[1]
  }
}
