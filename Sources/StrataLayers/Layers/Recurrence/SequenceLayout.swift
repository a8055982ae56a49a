import StrataTensor

/// How the time steps of a batch of sequences lie in memory while a cell runs over them: step after step, and
/// within a step the sequences that have not ended, longest first.
///
/// A step is then a block of adjacent rows, the sequences that end are always the last of it, and one matrix
/// product serves all steps of all sequences. Where lengths are equal this is the batch with its first two
/// axes exchanged.
public struct SequenceLayout: Sendable {
  /// The number of sequences.
  public let batch: Int

  /// How many sequences each step has, as long as there are any: never rising.
  public let counts: [Int]

  /// The rows of all steps together.
  public let rowCount: Int

  /// In a history (the states before the first step, then those after each step), the row at which the states
  /// before a step begin; one more for those after the last step.
  package let starts: [Int]

  /// The sequences by falling length; nil where all are equally long.
  private let order: [Int]?
  private let lengths: [Int]?

  /// The length of the axis of time in tensors outside.
  let time: Int
  private let isReversed: Bool

  /// A layout of sequences of these lengths, all of `time` steps where none are given.
  init(batch: Int, time: Int, lengths: [Int]? = nil, isReversed: Bool = false) {
    self.batch = batch
    self.time = time
    self.lengths = lengths
    self.isReversed = isReversed
    if let lengths {
      require(
        lengths.count == batch && lengths.allSatisfy { (1...time).contains($0) },
        "Recurrent: lengths \(lengths) do not fit a batch of \(batch) sequences of up to \(time) steps; "
          + "give one length in 1...\(time) for each")
      // By index where lengths are equal: the order is a function of the lengths alone.
      order = (0..<batch).sorted { (-lengths[$0], $0) < (-lengths[$1], $1) }
      counts = (0..<(lengths.max() ?? 0)).map { step in lengths.count { $0 > step } }
    } else {
      order = nil
      counts = Array(repeating: batch, count: time)
    }
    var starts = [0]
    starts.reserveCapacity(counts.count + 1)
    var next = batch
    for count in counts {
      starts.append(next)
      next += count
    }
    self.starts = starts
    rowCount = next - batch
  }

  /// The number of steps of the longest sequence.
  public var steps: Int { counts.count }

  /// Whether all sequences are equally long.
  public var isUniform: Bool { order == nil }

  /// The rows of a step.
  public func rows(ofStep step: Int) -> Range<Int> {
    let start = starts[step + 1] - batch
    return start..<start + counts[step]
  }

  /// [B, T, D] as rows [rowCount, D]; what lies beyond a sequence's end is left out.
  func pack(_ x: Tensor) -> Tensor {
    let rows = Tensor(uninitialized: [rowCount, x.shape[-1]], dtype: x.dtype)
    eachRow(of: x.shape[-1] * x.dtype.byteCount) { outside, row, bytes in
      (rows.storage.bytes + row).copyMemory(from: x.storage.bytes + outside, byteCount: bytes)
    }
    return rows
  }

  /// The rows from `first` on as [B, T, D], with 0 beyond a sequence's end.
  func unpack(_ rows: Tensor, from first: Int = 0) -> Tensor {
    let (shape, dtype): (Shape, DType) = ([batch, time, rows.shape[-1]], rows.dtype)
    let y = isUniform ? Tensor(uninitialized: shape, dtype: dtype) : Tensor(zeros: shape, dtype: dtype)
    eachRow(of: shape[-1] * dtype.byteCount) { outside, row, bytes in
      (y.storage.bytes + outside).copyMemory(from: rows.storage.bytes + row + first * bytes, byteCount: bytes)
    }
    return y
  }

  /// One row a sequence, in the layout's order.
  func sorted(_ x: Tensor) -> Tensor { order.map { x.gathered(rows: $0) } ?? x }

  /// One row a sequence, in the order of the batch.
  func unsorted(_ x: Tensor) -> Tensor {
    guard let order else { return x }
    var places = order
    for (row, sequence) in order.enumerated() { places[sequence] = row }
    return x.gathered(rows: places)
  }

  /// From a history, each sequence's row after its last step, in the layout's order.
  package func lastRows(of history: Tensor) -> Tensor {
    history.gathered(
      rows: (0..<batch).map { row in
        starts[order.map { lengths![$0[row]] } ?? steps] + row
      })
  }

  /// From a history, the states before every step, row by row as the steps lie.
  package func rowsBefore(in history: Tensor) -> Tensor {
    // With equal lengths they are the history without its last block: the same memory.
    isUniform
      ? Tensor(storage: history.storage, shape: history.shape.withLeading(rowCount), dtype: history.dtype)
      : history.gathered(rows: (0..<steps).flatMap { starts[$0]..<starts[$0] + counts[$0] })
  }

  /// Gives `body` where in bytes each step of each sequence lies outside and where its row does.
  private func eachRow(of bytes: Int, _ body: (_ outside: Int, _ row: Int, _ bytes: Int) -> Void) {
    for step in 0..<steps {
      let first = starts[step + 1] - batch
      for index in 0..<counts[step] {
        let sequence = order?[index] ?? index
        let place = isReversed ? (lengths?[sequence] ?? time) - 1 - step : step
        body((sequence * time + place) * bytes, (first + index) * bytes, bytes)
      }
    }
  }
}
