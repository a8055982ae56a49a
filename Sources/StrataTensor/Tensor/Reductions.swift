extension Tensor {
  /// The sum of all elements, as a tensor of shape [1].
  ///
  /// `float32` is summed in double precision, `float64` pairwise, in an order fixed by the shape.
  public func sum() -> Tensor {
    func total<T: KernelScalar>(_: T.Type) -> Double { blockedSum(T.sum) }
    return Tensor(repeating: dtype.withKernels(for: "sum") { total($0) }, shape: [1], dtype: dtype)
  }

  /// The mean of all elements, as a tensor of shape [1].
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

  /// The largest element of all, as a tensor of shape [1]; NaN if there is one.
  public func max() -> Tensor {
    require(count > 0, "max: a tensor of shape \(shape) has no elements")
    return reshaped([count]).max(along: 0, keepingAxis: true)
  }

  /// The smallest element of all, as a tensor of shape [1]; NaN if there is one.
  public func min() -> Tensor {
    require(count > 0, "min: a tensor of shape \(shape) has no elements")
    return reshaped([count]).min(along: 0, keepingAxis: true)
  }

  /// The index of the largest element along the last axis, the first of equals, as `int32`.
  ///
  /// A NaN counts as largest.
  public func argmax() -> Tensor {
    requireElements(along: -1, "argmax")
    let result = Tensor(uninitialized: Shape(shape.lengths.dropLast()), dtype: .int32)
    let winners = result.mutableElements(Int32.self)
    forEachRow { row, largest in winners[row] = Int32(largest) }
    return result
  }

  /// Gives `body` each row along the last axis, by its number, and the index of its largest element: what
  /// ``argmax()`` makes a tensor of.
  package func forEachRow(_ body: (_ row: Int, _ largest: Int) -> Void) {
    func run<T: TensorScalar>(_: T.Type) {
      let width = shape[-1]
      for row in 0..<count / width {
        let x = pointer(T.self, at: row * width)
        var best = 0
        // A NaN is neither more nor less than any number, nor equal to itself.
        for index in 1..<width where !(x[index] <= x[best]) {
          if x[best] != x[best] { break }
          best = index
        }
        body(row, best)
      }
    }
    dtype.withScalar { run($0) }
  }

  private func requireElements(along axis: Int, _ operation: String) {
    require(shape[axis] > 0, "\(operation): axis \(axis) of shape \(shape) has no elements")
  }

  /// Reduces the middle of [outer, axis, inner], row by row where inner is 1, else by columns.
  private func reduced(along axis: Int, keepingAxis: Bool, by kernel: ReductionKernel) -> Tensor {
    let axis = shape.resolve(axis)
    var lengths = shape.lengths
    if keepingAxis { lengths[axis] = 1 } else { lengths.remove(at: axis) }
    let result = Tensor(uninitialized: Shape(lengths), dtype: dtype)
    dtype.withKernels(for: kernel.rawValue) { reduce($0, axis, into: result, by: kernel) }
    return result
  }

  private func reduce<T: KernelScalar>(_: T.Type, _ axis: Int, into result: Tensor, by kernel: ReductionKernel) {
    let loops = T.reduction(kernel)
    let length = shape.lengths[axis]
    let inner = shape.lengths[(axis + 1)...].reduce(1, *)
    let outer = shape.lengths[..<axis].reduce(1, *)
    let (x, y) = (pointer(T.self), result.mutablePointer(T.self))
    let grain = Swift.max(1, elementGrain / Swift.max(1, length * inner))
    parallel(over: outer, grain: grain) { range in
      let first = range.lowerBound
      if inner == 1 {
        loops.rows(range.count, length, x + first * length, y + first)
      } else {
        for index in range { loops.columns(length, inner, x + index * length * inner, y + index * inner) }
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
