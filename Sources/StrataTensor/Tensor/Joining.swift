extension Tensor {
  /// Tensors one after the other along an axis, the first unless said otherwise; they must agree in all
  /// others.
  public init(concatenating tensors: [Tensor], along axis: Int = 0) {
    guard let first = tensors.first else { stop("concatenating: no tensors given") }
    require(first.rank > 0, "concatenating: a tensor of shape [] has no axis")
    let axis = first.shape.resolve(axis)
    for tensor in tensors {
      require(
        tensor.rank == first.rank && tensor.dtype == first.dtype
          && tensor.shape.replacing(axis, by: 1) == first.shape.replacing(axis, by: 1),
        "concatenating: \(tensor.dtype) of shape \(tensor.shape) does not continue "
          + "\(first.dtype) of shape \(first.shape) along axis \(axis); all other axes must agree")
    }
    let length = tensors.reduce(0) { $0 + $1.shape[axis] }
    self.init(uninitialized: first.shape.replacing(axis, by: length), dtype: first.dtype)
    var start = 0
    for tensor in tensors {
      let range = start..<start + tensor.shape[axis]
      copyElements(of: tensor, Layout(tensor.shape), to: Layout(shape).taking(range, along: axis))
      start = range.upperBound
    }
  }

  /// Tensors of one shape side by side along a new axis, the first unless said otherwise.
  public init(stacking tensors: [Tensor], along axis: Int = 0) {
    self.init(concatenating: tensors.map { $0.expanded(at: axis) }, along: axis)
  }

  /// Consecutive parts of these lengths along an axis: what ``init(concatenating:along:)`` has joined.
  public func split(_ lengths: [Int], along axis: Int = 0) -> [Tensor] {
    let axis = shape.resolve(axis)
    require(
      lengths.reduce(0, +) == shape[axis] && !lengths.contains { $0 < 0 },
      "split: lengths \(lengths) do not make up axis \(axis) of shape \(shape)")
    var start = 0
    return lengths.map { length in
      defer { start += length }
      return sliced(start..<start + length, along: axis)
    }
  }

  /// The part of an axis that the range names, the axis kept: `x.sliced(1..<3, along: -1)`.
  public func sliced(_ range: Range<Int>, along axis: Int) -> Tensor {
    let (axis, length) = (shape.resolve(axis), shape[axis])
    require(
      range.lowerBound >= 0 && range.upperBound <= length,
      "sliced: \(range) is out of range for axis \(axis) of shape \(shape)")
    return Tensor(copying: self, Layout(shape).taking(range, along: axis))
  }
}

extension Shape {
  /// The same shape with another length of one axis.
  package func replacing(_ axis: Int, by length: Int) -> Shape {
    var lengths = lengths
    lengths[resolve(axis)] = length
    return Shape(lengths)
  }
}
