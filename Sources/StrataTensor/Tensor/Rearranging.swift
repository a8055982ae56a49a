// The order and the number of axes, and of the elements along them.
extension Tensor {
  /// Returns the elements with their axes in another order: axis i of the result is axis `axes[i]` of this tensor.
  public func permuted(_ axes: [Int]) -> Tensor {
    let order = axes.map(shape.resolve)
    require(order.sorted() == Array(0..<rank), "permuted: \(axes) does not name each axis of shape \(shape) once")
    if order == Array(0..<rank) { return self }
    return Tensor(copying: self, Layout(shape).permuted(order))
  }

  /// Returns the elements with their axes in another order: `x.permuted(0, 2, 1)`.
  public func permuted(_ axes: Int...) -> Tensor { permuted(axes) }

  /// Returns the elements with two axes exchanged.
  public func transposed(_ a: Int, _ b: Int) -> Tensor {
    var axes = Array(0..<rank)
    axes.swapAt(shape.resolve(a), shape.resolve(b))
    return permuted(axes)
  }

  /// Returns the same elements with a new axis of length 1, which will be `axis` of the result.
  public consuming func expanded(at axis: Int) -> Tensor {
    var lengths = shape.lengths
    let position = axis < 0 ? axis + lengths.count + 1 : axis
    require(
      0...lengths.count ~= position, "expanded: axis \(axis) is out of range for a tensor of \(rank) axes and one more")
    lengths.insert(1, at: position)
    return reshaped(to: Shape(lengths))
  }

  /// Returns the same elements without an axis of length 1.
  public consuming func squeezed(_ axis: Int) -> Tensor {
    let shape = shape
    require(shape[axis] == 1, "squeezed: axis \(axis) of shape \(shape) has length \(shape[axis]), not 1")
    return reshaped(to: shape.removing(axis))
  }

  /// Returns the elements in the opposite order along axes.
  public func flipped(along axes: Int...) -> Tensor {
    let layout = Set(axes.map(shape.resolve)).reduce(Layout(shape)) {
      $0.taking(0..<shape[$1], along: $1, step: -1)
    }
    return Tensor(copying: self, layout)
  }

  /// Returns the elements moved by a number of places along an axis; those moved beyond its end come in at its start.
  public func rolled(by places: Int, along axis: Int) -> Tensor {
    let (axis, length) = (shape.resolve(axis), shape[axis])
    guard length > 0 else { return self }
    let first = (length - places % length) % length
    let result = Tensor(uninitialized: shape, dtype: dtype)
    for (range, start) in [(first..<length, 0), (0..<first, length - first)] {
      let place = Layout(shape).taking(start..<start + range.count, along: axis)
      result.copyElements(of: self, Layout(shape).taking(range, along: axis), to: place)
    }
    return result
  }

  /// Returns the tensor with elements of a number before and after those of each axis.
  public func padded(_ widths: [(before: Int, after: Int)], with number: Double = 0) -> Tensor {
    require(
      widths.count == rank && widths.allSatisfy { $0.before >= 0 && $0.after >= 0 },
      "padded: widths \(widths) are not two of 0 or more for each axis of shape \(shape)")
    let lengths = zip(widths, shape.lengths).map { $0.before + $1 + $0.after }
    let (result, filler) = (
      Tensor(uninitialized: Shape(lengths), dtype: dtype), Tensor(repeating: number, shape: [], dtype: dtype)
    )
    for (axis, width) in widths.enumerated() {
      for range in [0..<width.before, width.before + shape[axis]..<lengths[axis]] where !range.isEmpty {
        let margin = Layout(result.shape).taking(range, along: axis)
        result.copyElements(of: filler, Layout([]).broadcast(to: margin.shape), to: margin)
      }
    }
    let place = widths.indices.reduce(Layout(result.shape)) {
      $0.taking(widths[$1].before..<widths[$1].before + shape[$1], along: $1)
    }
    result.copyElements(of: self, Layout(shape), to: place)
    return result
  }

  /// Returns the tensor with elements of a number before and after those of one axis.
  public func padded(before: Int = 0, after: Int = 0, along axis: Int, with number: Double = 0) -> Tensor {
    let axis = shape.resolve(axis)
    return padded((0..<rank).map { $0 == axis ? (before, after) : (0, 0) }, with: number)
  }

  /// Returns copies of the whole tensor side by side, a number of them along each axis; further counts than axes are of
  /// new leading axes.
  public func tiled(_ counts: Int...) -> Tensor {
    let (split, repeated, whole) = shape.tiled(counts)
    return reshaped(to: split).broadcast(to: repeated).reshaped(to: whole)
  }

  /// Returns each element along an axis a number of times, one after the other.
  public func repeated(_ count: Int, along axis: Int) -> Tensor {
    let (split, repeated, whole) = shape.repeated(count, along: axis)
    return reshaped(to: split).broadcast(to: repeated).reshaped(to: whole)
  }

  /// Returns the elements on and below a diagonal of the matrices in the last two axes, 0 above it; diagonal 1 is the one
  /// above the main diagonal.
  public func lowerTriangle(_ diagonal: Int = 0) -> Tensor { replacing(with: 0, where: isAbove(diagonal)) }

  /// Returns the elements on and above a diagonal of the matrices in the last two axes, 0 below it.
  public func upperTriangle(_ diagonal: Int = 0) -> Tensor { .where(isAbove(diagonal - 1), self, 0) }

  private func isAbove(_ diagonal: Int) -> Tensor {
    require(rank >= 2, "a triangle needs matrices, not shape \(shape)")
    return Tensor(arange: 0..<shape[-1]) .> Tensor(arange: diagonal..<diagonal + shape[-2]).expanded(at: 1)
  }
}

extension Shape {
  /// The same shape without one axis.
  package func removing(_ axis: Int) -> Shape {
    var lengths = lengths
    lengths.remove(at: resolve(axis))
    return Shape(lengths)
  }

  /// How a tensor is repeated as a whole: with an axis of length 1 before each, these made long, and both as one.
  package func tiled(_ counts: [Int]) -> (split: Shape, repeated: Shape, whole: Shape) {
    let lengths = Array(repeating: 1, count: max(0, counts.count - rank)) + lengths
    let counts = Array(repeating: 1, count: lengths.count - counts.count) + counts
    let pairs = zip(counts, lengths)
    return (Shape(lengths.flatMap { [1, $0] }), Shape(pairs.flatMap { [$0, $1] }), Shape(pairs.map { $0 * $1 }))
  }

  /// How each element along an axis is repeated: with an axis of length 1 behind it, this made long, and both as one.
  package func repeated(_ count: Int, along axis: Int) -> (split: Shape, repeated: Shape, whole: Shape) {
    let axis = resolve(axis)
    func inserting(_ length: Int) -> Shape { Shape(lengths[...axis] + [length] + lengths[(axis + 1)...]) }
    return (inserting(1), inserting(count), replacing(axis, by: lengths[axis] * count))
  }
}
