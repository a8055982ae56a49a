import StrataTensor

// Operations that move elements or add them up: each is linear, and its transpose is another one.
extension Variable {
  /// The same elements under another shape.
  public func reshaped(to shape: Shape) -> Variable {
    mapped("reshaped", { $0.reshaped(to: shape) }, transposed: { [old = self.shape] in $0.reshaped(to: old) })
  }

  /// The same elements under another shape, in which one length may be -1: what the others leave.
  public func reshaped(_ lengths: [Int]) -> Variable { reshaped(to: value.reshaped(lengths).shape) }

  /// All axes but the last made one.
  var asMatrix: Variable { shape.rank == 2 ? self : reshaped([-1, shape[-1]]) }

  /// The transpose of a matrix.
  public var transposed: Variable { mapped("transposed", { $0.transposed.tensor }, transposed: { $0.transposed }) }

  /// The elements repeated along axes of length 1 or missing before the first; transposed, a sum.
  public func broadcast(to shape: Shape) -> Variable {
    let old = self.shape
    return shape == old ? self : mapped("broadcast", { $0.broadcast(to: shape) }) { $0.summed(to: old) }
  }

  /// The sum over the axes along which `shape` was broadcast.
  func summed(to shape: Shape) -> Variable {
    let old = self.shape
    return shape == old ? self : mapped("sum", { $0.summed(to: shape) }) { $0.broadcast(to: old) }
  }

  /// The sum along some axes, which go away, or stay with length 1; without axes that of all, of shape [1].
  public func sum(along axes: Int..., keepingAxes: Bool = false) -> Variable {
    axes.isEmpty ? summed(to: [1]) : summed(to: shape.collapsed(axes)).without(axes, unless: keepingAxes)
  }

  /// The mean along some axes, which go away, or stay with length 1; without axes that of all, of shape [1].
  public func mean(along axes: Int..., keepingAxes: Bool = false) -> Variable {
    let total = axes.isEmpty ? sum() : summed(to: shape.collapsed(axes))
    return (total / (Double(shape.count) / Double(total.shape.count))).without(axes, unless: keepingAxes)
  }

  /// The largest element along an axis; the derivative goes to it, in equal parts to equals.
  public func max(along axis: Int, keepingAxis: Bool = false) -> Variable {
    let y = value.max(along: axis, keepingAxis: true)
    let derivative = Derivative(kept: [self], keepsOutput: true) { dy, kept in
      let isLargest = kept[0].value .== kept[1].value
      return dy * Variable(isLargest / isLargest.sum(along: axis, keepingAxis: true))
    }
    return Variable("max", y, of: [self], [derivative]).without([axis], unless: keepingAxis)
  }

  private func without(_ axes: [Int], unless isKept: Bool) -> Variable {
    let axes = axes.map(shape.resolve)
    return isKept || axes.isEmpty
      ? self : reshaped(to: Shape(shape.lengths.indices.filter { !axes.contains($0) }.map { shape[$0] }))
  }

  /// A row: `x[i]` of shape [B, D] is of shape [D].
  public subscript(row: Int) -> Variable { self[row..<row + 1].reshaped(to: shape.rowShape) }

  /// A range of rows.
  public subscript(rows: Range<Int>) -> Variable { sliced(rows, along: 0) }

  /// The part of an axis that the range names, the axis kept; transposed, zeros around it.
  public func sliced(_ range: Range<Int>, along axis: Int) -> Variable {
    let (shape, length, dtype) = (shape, shape[axis], dtype)
    return mapped("sliced", { $0.sliced(range, along: axis) }) { dy in
      func zeros(_ count: Int) -> Variable { Variable(Tensor(zeros: shape.replacing(axis, by: count), dtype: dtype)) }
      let (before, after) = (zeros(range.lowerBound), zeros(length - range.upperBound))
      return Variable(concatenating: [before, dy, after], along: axis)
    }
  }

  /// Variables one after the other along an axis; transposed, slices.
  public init(concatenating parts: [Variable], along axis: Int = 0) {
    var start = 0
    let derivatives = parts.map { part in
      let range = start..<start + part.shape[axis]
      start = range.upperBound
      return Derivative { dy, _ in dy.sliced(range, along: axis) }
    }
    self.init("concatenated", Tensor(concatenating: parts.map(\.value), along: axis), of: parts, derivatives)
  }

  /// Variables of one shape as the rows of a new first axis.
  public init(stacking parts: [Variable]) {
    self.init(concatenating: parts.map { $0.reshaped(to: Shape([1] + $0.shape.lengths)) })
  }

  /// The rows that an `int32` tensor of any shape numbers: [N, D] gathered by [B, T] is [B, T, D]; transposed,
  /// each row of dy added to the row that it came from.
  public func gathered(rows indices: Tensor) -> Variable {
    mapped("gathered", { $0.gathered(rows: indices) }) { [shape] in $0.scattered(to: indices, in: shape) }
  }

  private func scattered(to indices: Tensor, in shape: Shape) -> Variable {
    mapped("scattered", { Tensor(zeros: shape, adding: $0, at: indices) }) { $0.gathered(rows: indices) }
  }
}

extension Shape {
  /// The shape with some axes of length 1.
  fileprivate func collapsed(_ axes: [Int]) -> Shape { axes.reduce(self) { $0.replacing($1, by: 1) } }
}
