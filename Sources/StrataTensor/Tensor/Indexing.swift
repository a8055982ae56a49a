// Reshaping and taking elements, which move without being changed. Rows are what lies along the first axis.

extension Tensor {
  /// The same elements under another shape.
  public consuming func reshaped(to shape: Shape) -> Tensor {
    let old = self.shape
    require(shape.count == count, "reshaped: \(old) has \(old.count) elements, \(shape) \(shape.count)")
    return Tensor(storage: storage, shape: shape, dtype: dtype)
  }

  /// The same elements under another shape, in which one length may be -1: what the others leave.
  public consuming func reshaped(_ lengths: [Int]) -> Tensor {
    let old = shape
    var lengths = lengths
    if let free = lengths.firstIndex(of: -1) {
      lengths[free] = 1
      let others = Shape(lengths).count
      require(
        others > 0 && count % others == 0,
        "reshaped: \(old) has \(old.count) elements, which the other lengths, \(others) together, do not divide"
      )
      lengths[free] = count / others
    }
    return reshaped(to: Shape(lengths))
  }

  /// The same elements as a matrix: all axes but the last made one.
  package consuming func asMatrix() -> Tensor {
    let shape = self.shape
    return rank == 2 ? self : reshaped(to: [shape.lengths.dropLast().reduce(1, *), shape[-1]])
  }

  /// The elements that indices and ranges select, axis by axis: `x[i]` of shape [B, D] is of shape [D], `x[1..<3]` has
  /// rows 1 and 2, and `x[.all, 0]` the first column; ``AxisIndex`` lists what there is.
  ///
  /// What is assigned broadcasts to the shape of the selection: `x[0] = y[1]`, `x[.all, 1..<3] += 1`.
  public subscript(indices: any AxisIndex...) -> Tensor {
    get { part(indices) }
    set { assign(newValue, to: Layout(shape).selecting(indices)) }
  }

  /// The one number that indices select: `x[1, 2] == 3`. An assigned number goes to all elements of the selection:
  /// `x[.all, 0] = 0`.
  @_disfavoredOverload
  public subscript(indices: any AxisIndex...) -> Double {
    get { part(indices).item }
    set { assign(Tensor(repeating: newValue, shape: [], dtype: dtype), to: Layout(shape).selecting(indices)) }
  }

  /// What a subscript of these indices reads.
  package func part(_ indices: [any AxisIndex]) -> Tensor { Tensor(copying: self, Layout(shape).selecting(indices)) }

  /// Zeros of a shape with a tensor at what indices select: the transpose of reading it.
  package init(zeros shape: Shape, placing part: Tensor, at indices: [any AxisIndex]) {
    self.init(zeros: shape, dtype: part.dtype)
    assign(part, to: Layout(shape).selecting(indices))
  }

  private mutating func assign(_ value: Tensor, to selection: Layout) {
    let shape = selection.shape
    require(
      value.dtype == dtype && value.shape.broadcasts(to: shape),
      "subscript: \(value.dtype) of shape \(value.shape) does not fit a selection of \(dtype) of shape \(shape)")
    if !isKnownUniquelyReferenced(&storage) { self = copied() }
    copyElements(of: value, Layout(value.shape).broadcast(to: shape), to: selection)
  }

  /// The rows of these numbers, in this order.
  public func gathered(rows indices: [Int]) -> Tensor {
    require(rank > 0, "gathered: a tensor of shape [] has no rows")
    let result = Tensor(uninitialized: shape.withLeading(indices.count), dtype: dtype)
    let rowBytes = shape.rowShape.count * dtype.byteCount
    for (position, index) in indices.enumerated() {
      require(index >= 0 && index < shape[0], "gathered: row \(index) is out of range for shape \(shape)")
      (result.storage.bytes + position * rowBytes).copyMemory(
        from: storage.bytes + index * rowBytes, byteCount: rowBytes)
    }
    return result
  }

  /// The rows that an `int32` tensor of any shape numbers: [N, D] gathered by [B, T] is [B, T, D].
  public func gathered(rows indices: Tensor) -> Tensor {
    require(indices.dtype == .int32, "gathered: row numbers are int32, not \(indices.dtype)")
    require(rank > 0, "gathered: a tensor of shape [] has no rows")
    let rows = indices.elements(Int32.self)
    if !indices.areIndices(below: shape[0]) {
      let row = rows.first { $0 < 0 || $0 >= shape[0] }!
      stop("gathered: row \(row) is out of range for shape \(shape)")
    }
    let result = Tensor(uninitialized: Shape(indices.shape.lengths + shape.lengths.dropFirst()), dtype: dtype)
    let rowBytes = shape.rowShape.count * dtype.byteCount
    let (source, target) = (storage.bytes, result.storage.bytes)
    parallel(over: rows.count, grain: Swift.max(1, elementGrain / (shape.rowShape.count + 1))) { range in
      for position in range {
        (target + position * rowBytes).copyMemory(from: source + Int(rows[position]) * rowBytes, byteCount: rowBytes)
      }
    }
    return result
  }

  /// Zeros of this shape, with the rows of `x` added where `indices` (`int32`) say: the transpose of gathering.
  package init(zeros shape: Shape, adding x: Tensor, at indices: Tensor) {
    let width = shape.rowShape.count
    var table = Tensor(zeros: [shape[0], width], dtype: x.dtype)
    table.addRows(of: x.reshaped(to: [indices.count, width]), at: indices.reshaped(to: [indices.count]))
    self = table.reshaped(to: shape)
  }

  /// self[indices[r]] += x[r] for each row r in order.
  package mutating func addRows(of x: Tensor, at indices: Tensor) {
    Tensor.requireRows(x, at: indices, fit: shape, dtype)
    dtype.withKernels(for: "addRows") { addRows($0, of: x, at: indices.elements(Int32.self)) }
  }

  /// Stops the program unless rows can be added at these places of a table.
  package static func requireRows(_ x: Tensor, at indices: Tensor, fit table: Shape, _ dtype: DType) {
    require(
      table.rank == 2 && indices.dtype == .int32 && x.dtype == dtype
        && x.shape.lengths == indices.shape.lengths + [table[1]]
        && indices.areIndices(below: table[0]),
      "addRows: \(x.dtype) of \(x.shape) and \(indices.dtype) indices of \(indices.shape) do not fit "
        + "\(dtype) of \(table)")
  }

  /// Rows that go to the same place are summed together, in their order, and in double precision. Workers take columns.
  private mutating func addRows<T: KernelScalar>(_: T.Type, of x: Tensor, at rows: UnsafeBufferPointer<Int32>) {
    let (width, source, target) = (shape[1], x.pointer(T.self), uniqueMutablePointer(T.self))
    // A counting sort: where the rows of each place end.
    var ends = Array(repeating: 0, count: shape[0])
    for place in rows { ends[Int(place)] += 1 }
    for place in ends.indices.dropFirst() { ends[place] += ends[place - 1] }
    let order = Array<Int32>(unsafeUninitializedCapacity: rows.count) { order, count in
      for (row, place) in rows.enumerated().reversed() {
        ends[Int(place)] -= 1
        order[ends[Int(place)]] = Int32(row)
      }
      count = rows.count
    }
    // What were the ends are the starts now.
    let starts = ends + [rows.count]
    parallel(over: width, grain: Swift.max(32, elementGrain / 2 / (rows.count + 1))) { range in
      let first = range.lowerBound
      order.withUnsafeBufferPointer { order in
        for place in 0..<starts.count - 1 where starts[place] < starts[place + 1] {
          T.addRows(
            starts[place + 1] - starts[place], range.count, width, source + first, order.baseAddress! + starts[place],
            target + place * width + first)
        }
      }
    }
  }
}
