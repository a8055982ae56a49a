import StrataTensor

/// How the floating-point tensors of a group are joined: a row for each example, or one row of all numbers where the
/// tensors have not as many rows.
struct RowLayout: Sendable {
  let rows: Int
  let hasRows: Bool
  /// The numbers of each tensor in a row; 0 of indices.
  let widths: [Int]

  init(_ group: some TensorGroup) {
    let tensors = group.tensors
    self.init(tensors.map(\.shape), isJoined: tensors.map(\.dtype.isFloatingPoint))
  }

  init(_ shapes: [Shape]) { self.init(shapes, isJoined: shapes.map { _ in true }) }

  private init(_ shapes: [Shape], isJoined: [Bool]) {
    let counts = Set(shapes.map { $0.rank > 0 ? $0[0] : 0 })
    hasRows = counts.count == 1 && counts != [0]
    let rows = hasRows ? counts.first! : 1
    self.rows = rows
    widths = zip(shapes, isJoined).map { $1 ? $0.count / rows : 0 }
  }

  /// The shape of the joined tensors.
  var shape: Shape { [rows, widths.reduce(0, +)] }

  /// The tensors that have columns, by the names that messages give them.
  var parts: [InputPart] {
    var start = 0
    return widths.enumerated().compactMap { index, width in
      defer { start += width }
      return width > 0
        ? InputPart(name: widths.count == 1 ? "input" : "input \(index)", columns: start..<start + width) : nil
    }
  }

  /// Returns the tensors joined, of this or another number of rows.
  func join(_ group: some TensorGroup) -> Tensor {
    let parts = zip(group.tensors, widths).filter { $1 > 0 }.map { $0.reshaped(to: [$0.count / $1, $1]) }
    return parts.count == 1 ? parts[0] : Tensor(concatenating: parts, along: 1)
  }

  /// Returns a group with the numbers of joined tensors in the place of its numbers.
  func fill<Group: TensorGroup>(_ group: Group, from joined: Tensor) -> Group {
    var parts = joined.split(widths.filter { $0 > 0 }, along: 1)[...]
    var group = group
    group.tensors = zip(group.tensors, widths).map { tensor, width in
      width > 0 ? parts.removeFirst().reshaped(to: tensor.shape) : tensor
    }
    return group
  }
}
