import StrataTensor

// Operations that move or sum elements: each is linear, and so is its transpose.
extension Variable {
  /// Returns the same elements in another shape.
  public func reshaped(to shape: Shape) -> Variable {
    mapped("reshaped", { $0.reshaped(to: shape) }, transposed: { [old = self.shape] in $0.reshaped(to: old) })
  }

  /// Returns the same elements in another shape, in which one length may be -1 to be inferred from the others.
  public func reshaped(_ lengths: [Int]) -> Variable { reshaped(to: value.reshaped(lengths).shape) }

  /// The matrix in which all axes but the last are flattened.
  var asMatrix: Variable { shape.rank == 2 ? self : reshaped([-1, shape[-1]]) }

  /// The transpose of a matrix.
  public var transposed: Variable { mapped("transposed", { $0.transposed.tensor }, transposed: { $0.transposed }) }

  /// Returns the elements repeated along axes of length 1 and along new leading axes; the transpose sums.
  public func broadcast(to shape: Shape) -> Variable {
    let old = self.shape
    return shape == old ? self : mapped("broadcast", { $0.broadcast(to: shape) }) { $0.summed(to: old) }
  }

  /// Returns the sum over the axes along which `shape` was broadcast.
  func summed(to shape: Shape) -> Variable {
    let old = self.shape
    return shape == old ? self : mapped("sum", { $0.summed(to: shape) }) { $0.broadcast(to: old) }
  }

  /// Returns the sum along axes, which are removed or kept with length 1; without axes that of all, of shape [1].
  public func sum(along axes: Int..., keepingAxes: Bool = false) -> Variable {
    if axes.isEmpty { return shape.rank == 0 ? reshaped(to: [1]) : summed(to: [1]) }
    return summed(to: shape.collapsed(axes)).without(axes, unless: keepingAxes)
  }

  /// Returns the mean along axes, which are removed or kept with length 1; without axes that of all, of shape [1].
  public func mean(along axes: Int..., keepingAxes: Bool = false) -> Variable {
    let total = axes.isEmpty ? sum() : summed(to: shape.collapsed(axes))
    return (total / (Double(shape.count) / Double(total.shape.count))).without(axes, unless: keepingAxes)
  }

  /// Returns the largest element along an axis; equal largest elements share the derivative equally.
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

  /// The row at an index: for x of shape [B, D], `x[i]` has shape [D].
  public subscript(row: Int) -> Variable { self[row..<row + 1].reshaped(to: shape.rowShape) }

  /// The rows in a range.
  public subscript(rows: Range<Int>) -> Variable { sliced(rows, along: 0) }

  /// Returns the elements in a range along an axis, which is kept; the transpose pads with zeros.
  public func sliced(_ range: Range<Int>, along axis: Int) -> Variable {
    let (shape, length, dtype) = (shape, shape[axis], dtype)
    return mapped("sliced", { $0.sliced(range, along: axis) }) { dy in
      func zeros(_ count: Int) -> Variable { Variable(Tensor(zeros: shape.replacing(axis, by: count), dtype: dtype)) }
      let (before, after) = (zeros(range.lowerBound), zeros(length - range.upperBound))
      return Variable(concatenating: [before, dy, after], along: axis)
    }
  }

  /// Creates a variable by joining variables along an axis; the transpose slices.
  public init(concatenating parts: [Variable], along axis: Int = 0) {
    var start = 0
    let derivatives = parts.map { part in
      let range = start..<start + part.shape[axis]
      start = range.upperBound
      return Derivative { dy, _ in dy.sliced(range, along: axis) }
    }
    self.init("concatenated", Tensor(concatenating: parts.map(\.value), along: axis), of: parts, derivatives)
  }

  /// Creates a variable by stacking variables of one shape along a new first axis.
  public init(stacking parts: [Variable]) {
    self.init(concatenating: parts.map { $0.reshaped(to: Shape([1] + $0.shape.lengths)) })
  }

  /// Returns the rows at `int32` indices of any shape: [N, D] gathered by [B, T] is [B, T, D]; the transpose adds each
  /// row of dy to the row it came from.
  public func gathered(rows indices: Tensor) -> Variable {
    mapped("gathered", { $0.gathered(rows: indices) }) { [shape] in $0.scattered(to: indices, in: shape) }
  }

  private func scattered(to indices: Tensor, in shape: Shape) -> Variable {
    mapped("scattered", { Tensor(zeros: shape, adding: $0, at: indices) }) { $0.gathered(rows: indices) }
  }
}

extension Shape {
  /// Returns the shape with the given axes set to length 1.
  fileprivate func collapsed(_ axes: [Int]) -> Shape { axes.reduce(self) { $0.replacing($1, by: 1) } }
}
