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
  var asMatrix: Variable { shape.rank == 2 ? self : reshaped(to: [shape.lengths.dropLast().reduce(1, *), shape[-1]]) }

  /// The transpose of a matrix, or of each of the matrices in the last two axes.
  public var transposed: Variable { mapped("transposed", { $0.transposed.tensor }, transposed: { $0.transposed }) }

  /// Returns the elements with their axes in another order: axis i of the result is axis `axes[i]` of this variable.
  public func permuted(_ axes: [Int]) -> Variable {
    mapped("permuted", { $0.permuted(axes) }) { [shape] dy in
      let order = axes.map(shape.resolve)
      return dy.permuted(order.indices.map { order.firstIndex(of: $0)! })
    }
  }

  /// Returns the elements with their axes in another order: `x.permuted(0, 2, 1)`.
  public func permuted(_ axes: Int...) -> Variable { permuted(axes) }

  /// Returns the elements with two axes exchanged.
  public func transposed(_ a: Int, _ b: Int) -> Variable {
    mapped("transposed", { $0.transposed(a, b) }, transposed: { $0.transposed(a, b) })
  }

  /// Returns the same elements with a new axis of length 1, which will be `axis` of the result.
  public func expanded(at axis: Int) -> Variable { reshaped(to: value.expanded(at: axis).shape) }

  /// Returns the same elements without an axis of length 1.
  public func squeezed(_ axis: Int) -> Variable { reshaped(to: value.squeezed(axis).shape) }

  /// Returns the elements in the opposite order along an axis.
  public func flipped(along axis: Int) -> Variable {
    mapped("flipped", { $0.flipped(along: axis) }, transposed: { $0.flipped(along: axis) })
  }

  /// Returns the elements moved by a number of places along an axis; those moved beyond its end come in at its start.
  public func rolled(by places: Int, along axis: Int) -> Variable {
    mapped("rolled", { $0.rolled(by: places, along: axis) }, transposed: { $0.rolled(by: -places, along: axis) })
  }

  /// Returns the variable with elements of a number before and after those of one axis.
  public func padded(before: Int = 0, after: Int = 0, along axis: Int, with number: Double = 0) -> Variable {
    func edge(_ count: Int) -> Variable {
      Variable(Tensor(repeating: number, shape: shape.replacing(axis, by: count), dtype: dtype))
    }
    return Variable(concatenating: [edge(before), self, edge(after)], along: axis)
  }

  /// Returns copies of the whole variable side by side, a number of them along each axis.
  public func tiled(_ counts: Int...) -> Variable {
    let (split, repeated, whole) = shape.tiled(counts)
    return reshaped(to: split).broadcast(to: repeated).reshaped(to: whole)
  }

  /// Returns each element along an axis a number of times, one after the other.
  public func repeated(_ count: Int, along axis: Int) -> Variable {
    let (split, repeated, whole) = shape.repeated(count, along: axis)
    return reshaped(to: split).broadcast(to: repeated).reshaped(to: whole)
  }

  /// Returns the elements on and below a diagonal of the matrices in the last two axes, 0 above it.
  public func lowerTriangle(_ diagonal: Int = 0) -> Variable {
    mapped("lowerTriangle", { $0.lowerTriangle(diagonal) }, transposed: { $0.lowerTriangle(diagonal) })
  }

  /// Returns the elements on and above a diagonal of the matrices in the last two axes, 0 below it.
  public func upperTriangle(_ diagonal: Int = 0) -> Variable {
    mapped("upperTriangle", { $0.upperTriangle(diagonal) }, transposed: { $0.upperTriangle(diagonal) })
  }

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

  /// Returns the sum along axes, which are removed or kept with length 1; without axes that of all, of shape [].
  public func sum(along axes: Int..., keepingAxes: Bool = false) -> Variable {
    axes.isEmpty ? summed(to: []) : summedOver(axes, keepingAxes: keepingAxes)
  }

  func summedOver(_ axes: [Int], keepingAxes: Bool = false) -> Variable {
    summed(to: shape.collapsed(axes)).without(axes, unless: keepingAxes)
  }

  /// Returns the mean along axes, which are removed or kept with length 1; without axes that of all, of shape [].
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

  /// Returns the smallest element along an axis; equal smallest elements share the derivative equally.
  public func min(along axis: Int, keepingAxis: Bool = false) -> Variable {
    -(-self).max(along: axis, keepingAxis: keepingAxis)
  }

  func without(_ axes: [Int], unless isKept: Bool) -> Variable {
    let axes = axes.map(shape.resolve)
    return isKept || axes.isEmpty
      ? self : reshaped(to: Shape(shape.lengths.indices.filter { !axes.contains($0) }.map { shape[$0] }))
  }

  /// The elements that indices and ranges select, as of a tensor; the transpose places them among zeros.
  public subscript(indices: any AxisIndex...) -> Variable { part(indices) }

  private func part(_ indices: [any AxisIndex]) -> Variable {
    mapped("subscript", { $0.part(indices) }) { [shape] dy in dy.placed(at: indices, in: shape) }
  }

  private func placed(at indices: [any AxisIndex], in shape: Shape) -> Variable {
    mapped("placed", { Tensor(zeros: shape, placing: $0, at: indices) }) { $0.part(indices) }
  }

  /// Returns the elements in a range along an axis, which is kept; the transpose pads with zeros.
  public func sliced(_ range: Range<Int>, along axis: Int) -> Variable {
    let before: [any AxisIndex] = Array(repeating: AxisSelection.all, count: shape.resolve(axis))
    return mapped("sliced", { $0.sliced(range, along: axis) }) { [shape] in $0.placed(at: before + [range], in: shape) }
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

  /// Creates a variable by stacking variables of one shape along a new axis.
  public init(stacking parts: [Variable], along axis: Int = 0) {
    self.init(concatenating: parts.map { $0.expanded(at: axis) }, along: axis)
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
