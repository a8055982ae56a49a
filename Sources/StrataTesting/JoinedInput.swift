import StrataTensor

/// A layer whose input is several tensors joined: checks name the tensor in which something is wrong.
protocol JoinedInput {
  /// The parts of a row.
  var parts: [InputPart] { get }

  /// The type of the module.
  var moduleName: String { get }
}

/// The columns of a joined input that are one tensor's.
struct InputPart: Sendable {
  let name: String
  let columns: Range<Int>

  /// Returns these columns of `x`.
  func of(_ x: Tensor) -> Tensor { x.sliced(columns, along: 1) }

  /// Returns `x` with other numbers in these columns.
  func replaced(in x: Tensor, by part: Tensor) -> Tensor {
    let (before, after) = (
      x.sliced(0..<columns.lowerBound, along: 1), x.sliced(columns.upperBound..<x.shape[1], along: 1)
    )
    return Tensor(concatenating: [before, part, after], along: 1)
  }
}
