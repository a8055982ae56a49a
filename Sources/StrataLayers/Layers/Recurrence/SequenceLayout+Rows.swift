import StrataTensor

// Moving sequences between the form that they have outside and the rows of a layout.

extension SequenceLayout {
  /// Returns the rows [rowCount, …] of a [B, T, …]; what lies beyond a sequence's end is left out. In a
  /// ``PackedSequential``, whose layers see rows, it returns these themselves.
  public func pack(_ x: Tensor) -> Tensor {
    if isPacked && !isReversed { return x }
    let rows = Tensor(uninitialized: Shape([rowCount] + x.shape.lengths.dropFirst(isPacked ? 1 : 2)), dtype: x.dtype)
    eachRow(of: rows) { outside, row, bytes in
      (rows.storage.bytes + row).copyMemory(from: x.storage.bytes + outside, byteCount: bytes)
    }
    return rows
  }

  /// Returns rows in the form of which ``pack(_:)`` makes them: [B, T, …], with 0 beyond a sequence's end, or rows.
  ///
  /// - Parameters:
  ///   - rows: Rows in the order of the layout.
  ///   - first: The first of them to take; ``batch`` for the outputs in a history.
  public func unpack(_ rows: Tensor, from first: Int = 0) -> Tensor {
    if isPacked && !isReversed { return first == 0 ? rows : rows[first..<first + rowCount] }
    let y = Tensor(uninitialized: outsideShape(rows.shape.lengths.dropFirst()), dtype: rows.dtype)
    eachRow(of: rows) { outside, row, bytes in
      (y.storage.bytes + outside).copyMemory(from: rows.storage.bytes + row + first * bytes, byteCount: bytes)
    }
    if !isPacked { y.clear(beyondEndsOf: self) }
    return y
  }

  /// The shape outside of rows of this shape.
  func outsideShape(_ row: some Collection<Int>) -> Shape { Shape((isPacked ? [rowCount] : [batch, time]) + row) }

  /// What tensors of the outside hold of each step, in the order of time: a row for each sequence that has it.
  func states(in x: Tensor) -> [Tensor] {
    let (layout, rows) = (reversed(false), reversed(false).pack(x))
    return (0..<steps).map { rows[layout.rows(ofStep: $0)] }
  }

  /// One row a sequence, in the layout's order.
  func sorted(_ x: Tensor) -> Tensor { isInOrder ? x : x.gathered(rows: (0..<batch).map(sequence(at:))) }

  /// One row a sequence, in the order of the batch.
  func unsorted(_ x: Tensor) -> Tensor {
    if isInOrder { return x }
    var places = Array(repeating: 0, count: batch)
    for index in 0..<batch { places[sequence(at: index)] = index }
    return x.gathered(rows: places)
  }

  /// The row outside of a step of the sequence at a place of the layout's order.
  func place(ofStep step: Int, at index: Int) -> Int {
    let step = isReversed ? length(at: index) - 1 - step : step
    return isPacked ? starts[step + 1] - batch + index : sequence(at: index) * time + step
  }

  /// Gives `body` where in bytes each step of each sequence lies outside and where its row does.
  private func eachRow(of rows: Tensor, _ body: (_ outside: Int, _ row: Int, _ bytes: Int) -> Void) {
    let bytes = rows.shape.rowShape.count * rows.dtype.byteCount
    parallel(over: steps, grain: max(1, 4 * elementGrain / (batch * bytes + 1))) { range in
      for step in range {
        let first = starts[step + 1] - batch
        for index in 0..<counts[step] {
          body(place(ofStep: step, at: index) * bytes, (first + index) * bytes, bytes)
        }
      }
    }
  }
}

extension Tensor {
  /// Writes 0 beyond the end of each sequence of a [B, T, …] that the caller has just made.
  fileprivate func clear(beyondEndsOf layout: SequenceLayout) {
    if layout.isUniform && layout.steps == layout.time { return }
    let stepBytes = shape.lengths.dropFirst(2).reduce(dtype.byteCount, *)
    for index in 0..<layout.batch {
      let (sequence, length) = (layout.sequence(at: index), layout.length(at: index))
      let end = storage.bytes + (sequence * layout.time + length) * stepBytes
      end.initializeMemory(as: UInt8.self, repeating: 0, count: (layout.time - length) * stepBytes)
    }
  }
}
