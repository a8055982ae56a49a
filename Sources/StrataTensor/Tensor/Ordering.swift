// The largest elements along an axis, elements in order, and sums up to each. NaN counts as the largest number, as in
// NumPy and PyTorch.
extension Tensor {
  /// Returns the index of the largest element along an axis, the first of equals, as `int32`.
  public func argmax(along axis: Int = -1, keepingAxis: Bool = false) -> Tensor {
    places(along: axis, keepingAxis: keepingAxis, by: .argmax)
  }

  /// Returns the index of the smallest element along an axis, the first of equals, as `int32`; that of a NaN if there is
  /// one.
  public func argmin(along axis: Int = -1, keepingAxis: Bool = false) -> Tensor {
    places(along: axis, keepingAxis: keepingAxis, by: .argmin)
  }

  /// Returns the largest element along an axis, and its index.
  public func maxWithIndices(along axis: Int, keepingAxis: Bool = false) -> (values: Tensor, indices: Tensor) {
    (max(along: axis, keepingAxis: keepingAxis), argmax(along: axis, keepingAxis: keepingAxis))
  }

  /// Returns the smallest element along an axis, and its index.
  public func minWithIndices(along axis: Int, keepingAxis: Bool = false) -> (values: Tensor, indices: Tensor) {
    (min(along: axis, keepingAxis: keepingAxis), argmin(along: axis, keepingAxis: keepingAxis))
  }

  private func places(along axis: Int, keepingAxis: Bool, by kernel: PlaceKernel) -> Tensor {
    requireElements(along: axis, kernel.rawValue)
    let rows = transposed(axis, -1)
    let places = Tensor(uninitialized: rows.shape.withTrailing(1), dtype: .int32)
    func run<T: ElementScalar>(_: T.Type) {
      let (find, x, y) = (T.places(kernel), rows.pointer(T.self), places.mutablePointer(Int32.self))
      rows.forEachBlockOfRows { find($0.count, $1, x + $0.lowerBound * $1, y + $0.lowerBound) }
    }
    dtype.withScalar { run($0) }
    return places.transposed(axis, -1).reshaped(to: keepingAxis ? shape.replacing(axis, by: 1) : shape.removing(axis))
  }

  /// Gives `body` each row along the last axis, by its number, and the index of its largest element: what
  /// ``argmax(along:keepingAxis:)`` makes a tensor of.
  package func forEachRow(_ body: (_ row: Int, _ largest: Int) -> Void) {
    for (row, largest) in argmax().elements(as: Int.self).enumerated() { body(row, largest) }
  }

  /// Returns the indices that put the elements along an axis in order, as `int32`; equal elements stay in their order.
  public func argsort(along axis: Int = -1, descending: Bool = false) -> Tensor {
    ordered(along: axis, first: shape[axis], largest: descending)
  }

  /// Returns the elements along an axis in order, and their indices in this tensor; equal elements stay in their order.
  public func sorted(along axis: Int = -1, descending: Bool = false) -> (values: Tensor, indices: Tensor) {
    let indices = argsort(along: axis, descending: descending)
    return (gathered(indices, along: axis), indices)
  }

  /// Returns the k largest elements along an axis, or the k smallest, in order from the first, and their indices.
  public func topK(_ k: Int, along axis: Int = -1, largest: Bool = true) -> (values: Tensor, indices: Tensor) {
    require(0...shape[axis] ~= k, "topK: axis \(axis) of shape \(shape) has \(shape[axis]) elements, not \(k)")
    let indices = ordered(along: axis, first: k, largest: largest)
    return (gathered(indices, along: axis), indices)
  }

  /// The places of the first k elements in order. Beyond a few, putting all in order costs less than keeping k so.
  private func ordered(along axis: Int, first k: Int, largest: Bool) -> Tensor {
    let (rows, axis) = (transposed(axis, -1), shape.resolve(axis))
    let isFew = 1...64 ~= k && k < shape[axis]
    let places = Tensor(uninitialized: rows.shape.withTrailing(isFew ? k : shape[axis]), dtype: .int32)
    func run<T: ElementScalar>(_: T.Type) {
      let (x, y, flag) = (rows.pointer(T.self), places.mutablePointer(Int32.self), Int32(largest ? 1 : 0))
      rows.forEachBlockOfRows { range, width in
        let scratch = Tensor(uninitialized: [4 * width], dtype: T.dtype)
        let (row, bytes) = (range.lowerBound, scratch.storage.bytes)
        if isFew {
          T.top(range.count, width, k, flag, x + row * width, y + row * k, bytes)
        } else {
          T.argsort(range.count, width, flag, x + row * width, y + row * width, bytes)
        }
      }
    }
    dtype.withScalar { run($0) }
    let ordered = places.transposed(axis, -1)
    return isFew || k == shape[axis] ? ordered : ordered.sliced(0..<k, along: axis)
  }

  /// Returns the sums of the elements up to each along an axis; `float32` is summed in double precision.
  public func cumulativeSum(along axis: Int) -> Tensor { cumulative(along: axis, by: .cumulativeSum) }

  /// Returns the products of the elements up to each along an axis; `float32` is multiplied in double precision.
  public func cumulativeProduct(along axis: Int) -> Tensor { cumulative(along: axis, by: .cumulativeProduct) }

  private func cumulative(along axis: Int, by kernel: RowKernel) -> Tensor {
    transposed(axis, -1).rows(by: kernel, keepsWidth: true).transposed(axis, -1)
  }

  /// Returns the product of the elements along one axis, which is removed, or stays with length 1.
  public func prod(along axis: Int, keepingAxis: Bool = false) -> Tensor {
    reduced(along: axis, keepingAxis: keepingAxis, by: .prod)
  }

  /// Returns the product of all elements, as a tensor of shape [].
  public func prod() -> Tensor {
    guard dtype.isFloatingPoint else { return reshaped([count]).prod(along: 0) }
    func total<T: KernelScalar>(_: T.Type) -> Double { blocks(T.prod).reduce(1, *) }
    return Tensor(repeating: dtype.withKernels(for: "prod") { total($0) }, shape: [], dtype: dtype)
  }

  /// What a kernel makes one element of each row along an axis.
  func reduced(along axis: Int, keepingAxis: Bool, by kernel: RowKernel) -> Tensor {
    transposed(axis, -1).rows(by: kernel, keepsWidth: false).transposed(axis, -1)
      .reshaped(to: keepingAxis ? shape.replacing(axis, by: 1) : shape.removing(axis))
  }

  private func rows(by kernel: RowKernel, keepsWidth: Bool) -> Tensor {
    let result = Tensor(uninitialized: keepsWidth ? shape : shape.withTrailing(1), dtype: dtype)
    func run<T: ElementScalar>(_: T.Type) {
      guard let f = T.rows(kernel) else { refuseIntegers(kernel.rawValue) }
      let (x, y) = (pointer(T.self), result.mutablePointer(T.self))
      forEachBlockOfRows { f($0.count, $1, x + $0.lowerBound * $1, y + $0.lowerBound * (keepsWidth ? $1 : 1)) }
    }
    dtype.withScalar { run($0) }
    return result
  }

  /// Calls `body` with blocks of rows along the last axis, and their width. Blocks are shared among workers.
  private func forEachBlockOfRows(_ body: (_ rows: Range<Int>, _ width: Int) -> Void) {
    let (rows, width, _) = shape.around(-1)
    parallel(over: rows, grain: Swift.max(1, elementGrain / Swift.max(1, width))) { body($0, width) }
  }
}
