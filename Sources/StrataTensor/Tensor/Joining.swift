extension Tensor {
  /// Tensors one after the other along an axis, the first unless said otherwise; they must agree in all
  /// others.
  public init(concatenating tensors: [Tensor], along axis: Int = 0) {
    guard let first = tensors.first else { stop("concatenating: no tensors given") }
    require(first.rank > 0, "concatenating: a tensor of shape [] has no axis")
    let axis = first.shape.resolve(axis)
    let lengths = tensors.map { tensor in
      require(
        tensor.rank == first.rank && tensor.dtype == first.dtype
          && tensor.shape.replacing(axis, by: 1) == first.shape.replacing(axis, by: 1),
        "concatenating: \(tensor.dtype) of shape \(tensor.shape) does not continue "
          + "\(first.dtype) of shape \(first.shape) along axis \(axis); all other axes must agree")
      return tensor.shape[axis]
    }
    self.init(uninitialized: first.shape.replacing(axis, by: lengths.reduce(0, +)), dtype: first.dtype)
    forEachPiece(of: lengths, along: axis) { part, here, offset, byteCount in
      here.copyMemory(from: tensors[part].storage.bytes + offset, byteCount: byteCount)
    }
  }

  /// Consecutive parts of these lengths along an axis: what ``init(concatenating:along:)`` has joined.
  public func split(_ lengths: [Int], along axis: Int = 0) -> [Tensor] {
    let axis = shape.resolve(axis)
    require(
      lengths.reduce(0, +) == shape[axis] && !lengths.contains { $0 < 0 },
      "split: lengths \(lengths) do not make up axis \(axis) of shape \(shape)")
    let parts = lengths.map { Tensor(uninitialized: shape.replacing(axis, by: $0), dtype: dtype) }
    forEachPiece(of: lengths, along: axis) { part, here, offset, byteCount in
      (parts[part].storage.bytes + offset).copyMemory(from: here, byteCount: byteCount)
    }
    return parts
  }

  /// The part of an axis that the range names, the axis kept: `x.sliced(1..<3, along: -1)`.
  public func sliced(_ range: Range<Int>, along axis: Int) -> Tensor {
    let (axis, length) = (shape.resolve(axis), shape[axis])
    require(
      range.lowerBound >= 0 && range.upperBound <= length,
      "sliced: \(range) is out of range for axis \(axis) of shape \(shape)")
    let part = Tensor(uninitialized: shape.replacing(axis, by: range.count), dtype: dtype)
    let lengths = [range.lowerBound, range.count, length - range.upperBound]
    forEachPiece(of: lengths, along: axis) { piece, here, offset, byteCount in
      if piece == 1 { (part.storage.bytes + offset).copyMemory(from: here, byteCount: byteCount) }
    }
    return part
  }

  /// Calls `body` with each contiguous piece that a part along an axis has in this tensor: the part, where
  /// the piece is here, its offset in the part, and its bytes.
  private func forEachPiece(
    of lengths: [Int], along axis: Int,
    _ body: (_ part: Int, _ here: UnsafeMutableRawPointer, _ offset: Int, _ byteCount: Int) -> Void
  ) {
    guard count > 0 else { return }
    let outer = shape.lengths[..<axis].reduce(1, *)
    let runBytes = byteCount / outer
    let unit = runBytes / shape[axis]
    parallel(over: outer, grain: Swift.max(1, elementGrain * dtype.byteCount / runBytes)) { range in
      for run in range {
        var here = storage.bytes + run * runBytes
        for (part, length) in lengths.enumerated() where length > 0 {
          body(part, here, run * length * unit, length * unit)
          here += length * unit
        }
      }
    }
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
