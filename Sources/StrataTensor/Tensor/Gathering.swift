import CStrataKernels

// Elements read and written at places that an int32 tensor gives, along one axis.
extension Tensor {
  /// Returns, along an axis, the elements at the indices of an `int32` tensor, whose shape is that of this tensor but
  /// for the axis: y[i, j, k] = x[i, indices[i, j, k], k] along axis 1.
  public func gathered(_ indices: Tensor, along axis: Int) -> Tensor {
    requireIndices(indices, along: axis, "gathered")
    let result = Tensor(uninitialized: indices.shape, dtype: dtype)
    func run<W: Word>(_: W.Type) {
      let (place, x, y) = (indices.pointer(Int32.self), UnsafePointer(words(W.self)), result.words(W.self))
      forEachBlock(of: indices, along: axis) { outer, count, length, inner, own, other in
        W.gather(outer, count, length, inner, place + other, x + own, y + other)
      }
    }
    dtype.withWord { run($0) }
    return result
  }

  /// Returns the tensor with elements of another written along an axis at the indices of an `int32` tensor of its
  /// shape, or added there: x[i, indices[i, j, k], k] = source[i, j, k] along axis 1.
  ///
  /// Of several elements for one place the last is written; all are added, `float32` in double precision.
  public consuming func scattering(
    _ source: Tensor, at indices: Tensor, along axis: Int, adding: Bool = false
  ) -> Tensor {
    requireIndices(indices, along: axis, "scattering")
    let own = dtype
    require(
      source.shape == indices.shape && source.dtype == own,
      "scattering: the source must be \(own) of shape \(indices.shape), not \(source.dtype) of \(source.shape)")
    func write<W: Word>(_: W.Type, _ result: Tensor) {
      let (place, x, y) = (indices.pointer(Int32.self), UnsafePointer(source.words(W.self)), result.words(W.self))
      result.forEachBlock(of: indices, along: axis) { outer, count, length, inner, own, other in
        W.scatter(outer, count, length, inner, place + other, x + other, y + own)
      }
    }
    func add<T: ElementScalar>(_: T.Type, _ old: Tensor, into new: Tensor) {
      let (place, x) = (indices.pointer(Int32.self), source.pointer(T.self))
      let (from, to, isWidened) = (old.pointer(T.self), new.mutablePointer(T.self), T.Sum.dtype != T.dtype)
      old.forEachBlock(of: indices, along: axis) { outer, count, length, inner, own, other in
        let sums = Tensor(uninitialized: [isWidened ? length * inner : 0], dtype: T.Sum.dtype)
        T.scatterAdd(
          outer, count, length, inner, place + other, x + other, from + own, sums.mutablePointer(T.Sum.self), to + own)
      }
    }
    if adding {
      overwrite { old, new in own.withScalar { add($0, old, into: new) } }
      return self
    }
    if !isKnownUniquelyReferenced(&storage) { self = copied() }
    own.withWord { write($0, self) }
    return self
  }

  /// Calls `body` with blocks of [outer, count, inner] indices in an axis of a length, and with the places in this
  /// tensor and in the indices where they begin. Blocks are shared among workers.
  private func forEachBlock(
    of indices: Tensor, along axis: Int,
    _ body: (_ outer: Int, _ count: Int, _ length: Int, _ inner: Int, _ own: Int, _ other: Int) -> Void
  ) {
    let ((outer, length, inner), count) = (shape.around(axis), indices.shape[axis])
    parallel(over: outer, grain: Swift.max(1, elementGrain / Swift.max(1, count * inner))) { range in
      let first = range.lowerBound
      body(range.count, count, length, inner, first * length * inner, first * count * inner)
    }
  }

  private borrowing func requireIndices(_ indices: Tensor, along axis: Int, _ operation: String) {
    let (own, length) = (shape, shape[axis])
    require(indices.dtype == .int32, "\(operation): indices are int32, not \(indices.dtype)")
    require(
      indices.rank == own.rank && indices.shape.replacing(axis, by: 1) == own.replacing(axis, by: 1),
      "\(operation): indices of shape \(indices.shape) do not fit shape \(own) but along axis \(axis)")
    if indices.areIndices(below: length) { return }
    let (least, greatest) = (Int(indices.min().item), Int(indices.max().item))
    stop(
      "\(operation): index \(least < 0 ? least : greatest) is out of range for axis \(axis) of shape \(own)")
  }

  /// Whether all elements, which are `int32`, are indices of an axis of this length.
  func areIndices(below length: Int) -> Bool {
    let places = pointer(Int32.self)
    return parallelSum(over: count, grain: elementGrain) {
      strata_are_indices($0.count, length, places + $0.lowerBound) != 0 ? 0 : 1
    } == 0
  }
}
