extension Tensor {
  /// The sum of all elements, as a tensor of shape [].
  ///
  /// `float32` is summed in double precision, `float64` pairwise, in an order fixed by the shape; sums of `int32` wrap
  /// around.
  public func sum() -> Tensor {
    guard dtype.isFloatingPoint else { return reshaped([count]).sum(along: 0) }
    func total<T: KernelScalar>(_: T.Type) -> Double { blockedSum(T.sum) }
    return Tensor(repeating: dtype.withKernels(for: "sum") { total($0) }, shape: [], dtype: dtype)
  }

  /// The mean of all elements, as a tensor of shape [].
  public func mean() -> Tensor { sum() / Double(count) }

  /// Σ x², summed in double precision in an order fixed by the shape: finite for any finite `float32`
  /// elements.
  public var sumOfSquares: Double {
    func total<T: KernelScalar>(_: T.Type) -> Double { blockedSum(T.sumOfSquares) }
    return dtype.withKernels(for: "sumOfSquares") { total($0) }
  }

  /// √ Σ x², of integers too.
  package var norm: Double { dtype.isFloatingPoint ? sumOfSquares.squareRoot() : converted(to: .float64).norm }

  /// √ mean x²; 0 of a tensor without elements.
  package var rms: Double { norm / Double(Swift.max(1, count)).squareRoot() }

  /// Whether no element is NaN or infinite.
  public var isFinite: Bool {
    guard dtype.isFloatingPoint else { return true }
    func badBlocks<T: KernelScalar>(_: T.Type) -> Double { blockedSum { T.allFinite($0, $1) != 0 ? 0 : 1 } }
    return dtype.withKernels(for: "isFinite") { badBlocks($0) } == 0
  }

  /// The index of the first element, in row-major order, that is NaN or infinite; nil where all are finite.
  package var firstNonFinite: Int? { isFinite ? nil : elements(as: Double.self).firstIndex { !$0.isFinite } }

  private func blockedSum<T: KernelScalar>(_ loop: (Int, UnsafePointer<T>) -> Double) -> Double {
    let x = pointer(T.self)
    return parallelSum(over: count, grain: elementGrain) { loop($0.count, x + $0.lowerBound) }
  }

  /// Returns what a loop makes of each block of elements, which depend on their number alone.
  func blocks<T: KernelScalar, R>(_ loop: @Sendable (Int, UnsafePointer<T>) -> R) -> [R] {
    let (x, count) = (pointer(T.self), count)
    return parallelMap((count + elementGrain - 1) / elementGrain) {
      loop(Swift.min(elementGrain, count - $0 * elementGrain), x + $0 * elementGrain)
    }
  }

  /// The sum along one axis, which goes away, or stays with length 1.
  public func sum(along axis: Int, keepingAxis: Bool = false) -> Tensor {
    reduced(along: axis, keepingAxis: keepingAxis, by: .sum)
  }

  /// The sum along several axes.
  public func sum(along axes: [Int], keepingAxes: Bool = false) -> Tensor {
    let axes = Set(axes.map(shape.resolve)).sorted(by: >)
    return axes.reduce(self) { $0.sum(along: $1, keepingAxis: keepingAxes) }
  }

  /// The mean along one axis, which goes away, or stays with length 1.
  public func mean(along axis: Int, keepingAxis: Bool = false) -> Tensor {
    sum(along: axis, keepingAxis: keepingAxis) / Double(shape[axis])
  }

  /// The mean along several axes.
  public func mean(along axes: [Int], keepingAxes: Bool = false) -> Tensor {
    let total = sum(along: axes, keepingAxes: keepingAxes)
    return total / (Double(count) / Double(total.count))
  }

  /// The largest element along one axis; NaN where there is one.
  public func max(along axis: Int, keepingAxis: Bool = false) -> Tensor {
    requireElements(along: axis, "max")
    return reduced(along: axis, keepingAxis: keepingAxis, by: .max)
  }

  /// The smallest element along one axis; NaN where there is one.
  public func min(along axis: Int, keepingAxis: Bool = false) -> Tensor {
    requireElements(along: axis, "min")
    return reduced(along: axis, keepingAxis: keepingAxis, by: .min)
  }

  /// The largest element of all, as a tensor of shape []; NaN if there is one.
  public func max() -> Tensor {
    require(count > 0, "max: a tensor of shape \(shape) has no elements")
    return extreme(.max)
  }

  /// The smallest element of all, as a tensor of shape []; NaN if there is one.
  public func min() -> Tensor {
    require(count > 0, "min: a tensor of shape \(shape) has no elements")
    return extreme(.min)
  }

  /// The extreme of all elements: that of the extremes of blocks.
  private func extreme(_ kernel: ReductionKernel) -> Tensor {
    let (block, count) = (4 * elementGrain, count)
    let extremes = Tensor(uninitialized: [(count - 1) / block + 1], dtype: dtype)
    func run<T: ElementScalar>(_: T.Type) {
      let (f, x, y) = (T.reduction(kernel).rows, pointer(T.self), extremes.mutablePointer(T.self))
      parallel(over: extremes.count, grain: 1) {
        for index in $0 { f(1, Swift.min(block, count - index * block), x + index * block, y + index) }
      }
    }
    dtype.withScalar { run($0) }
    return extremes.reduced(along: 0, keepingAxis: false, by: kernel)
  }

  func requireElements(along axis: Int, _ operation: String) {
    require(shape[axis] > 0, "\(operation): axis \(axis) of shape \(shape) has no elements")
  }

  /// Reduces the middle of [outer, axis, inner], row by row where inner is 1, else by bands of columns.
  private func reduced(along axis: Int, keepingAxis: Bool, by kernel: ReductionKernel) -> Tensor {
    let axis = shape.resolve(axis)
    let result = Tensor(
      uninitialized: keepingAxis ? shape.replacing(axis, by: 1) : shape.removing(axis), dtype: dtype)
    dtype.withScalar { reduce($0, axis, into: result, by: kernel) }
    return result
  }

  private func reduce<T: ElementScalar>(_: T.Type, _ axis: Int, into result: Tensor, by kernel: ReductionKernel) {
    let loops = T.reduction(kernel)
    let (outer, length, inner) = shape.around(axis)
    let (x, y) = (pointer(T.self), result.mutablePointer(T.self))
    if inner == 1 {
      parallel(over: outer, grain: Swift.max(1, elementGrain / Swift.max(1, length))) { range in
        loops.rows(range.count, length, x + range.lowerBound * length, y + range.lowerBound)
      }
      return
    }
    let band = Swift.max(64, (elementGrain / Swift.max(1, length) + 15) / 16 * 16)
    let bands = (inner - 1) / band + 1
    parallel(over: outer * bands, grain: Swift.max(1, elementGrain / Swift.max(1, length * Swift.min(band, inner)))) {
      for block in $0 {
        let (index, column) = (block / bands, block % bands * band)
        loops.columns(
          length, Swift.min(band, inner - column), inner, x + index * length * inner + column,
          y + index * inner + column)
      }
    }
  }

  /// Adds the sum over the leading axes of a matrix of rows to a vector: y[c] += Σ_r x[r, c].
  package mutating func addColumnSums(of x: Tensor) {
    require(
      rank == 1 && x.shape[-1] == shape[0] && x.dtype == dtype,
      "addColumnSums: rows of \(x.shape) (\(x.dtype)) do not add to \(shape) (\(dtype))")
    if !isKnownUniquelyReferenced(&storage) { self = copied() }
    x.sumColumns(into: self, accumulating: true)
  }

  /// The sum over all axes but the last, of shape [n].
  package func columnSums() -> Tensor {
    let result = Tensor(uninitialized: [shape[-1]], dtype: dtype)
    sumColumns(into: result, accumulating: false)
    return result
  }

  private func sumColumns(into result: Tensor, accumulating: Bool) {
    dtype.withKernels(for: "columnSums") { sumColumns($0, into: result, accumulating) }
  }

  private func sumColumns<T: KernelScalar>(_: T.Type, into result: Tensor, _ accumulating: Bool) {
    let columns = shape[-1]
    guard columns > 0 else { return }
    let rows = count / columns
    let (x, y) = (pointer(T.self), result.mutablePointer(T.self))
    // Workers take bands of columns, so that every column is summed by one of them in row order.
    let band = Swift.max(64, (elementGrain / Swift.max(1, rows) + 15) / 16 * 16)
    parallel(over: columns, grain: band) { range in
      let first = range.lowerBound
      T.sumColumns(rows, range.count, columns, x + first, accumulating ? 1 : 0, y + first)
    }
  }
}

extension Shape {
  /// The number of elements in the axes before an axis, its length, and the number in those after it.
  package func around(_ axis: Int) -> (outer: Int, length: Int, inner: Int) {
    let axis = resolve(axis)
    return (lengths[..<axis].reduce(1, *), lengths[axis], lengths[(axis + 1)...].reduce(1, *))
  }
}
