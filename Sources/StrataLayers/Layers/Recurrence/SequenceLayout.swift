import StrataTensor

/// How the time steps of a batch of sequences lie in memory while they are worked on: step after step, and within a
/// step the sequences that have not ended, longest first.
///
/// A step is then a block of adjacent rows, the sequences that end are always the last of it, and one matrix
/// product serves all steps of all sequences. Where lengths are equal this is the batch with its first two
/// axes exchanged. Three sequences of 2, 0 and 3 steps have 5 rows:
///
/// ```
/// step      0        1        2
/// sequence  2  0     2  0     2          counts [2, 2, 1]
/// row       0  1     2  3     4
/// ```
///
/// A cell keeps its states as a *history*: a row for each sequence before the first step, then those after each step,
/// in the same order. A sequence of no steps has the first of these alone.
public struct SequenceLayout: Sendable, CustomReflectable {
  /// The number of sequences.
  public let batch: Int

  /// How many sequences each step has, as long as there are any: never rising.
  public let counts: [Int]

  /// The rows of all steps together.
  public let rowCount: Int

  /// In a history, the row at which the states before a step begin; one more for those after the last step.
  let starts: [Int]

  /// The sequences by falling length, and the length of each; nil where all have `time` steps.
  private let order: [Int]?
  private let lengths: [Int]?

  /// The length of the axis of time in tensors outside.
  package let time: Int

  /// Whether step 0 of a row is its sequence's last outside.
  private(set) var isReversed = false

  /// Whether tensors outside are rows already, in the order of this layout from first step to last; else [B, T, …].
  private(set) var isPacked = false

  /// A layout of sequences of these lengths, all of `time` steps where none are given.
  ///
  /// - Parameters:
  ///   - batch: The number of sequences.
  ///   - time: The most steps that one may have.
  ///   - lengths: The steps of each, in 0...time.
  public init(batch: Int, time: Int, lengths: [Int]? = nil) {
    require(batch >= 0 && time >= 0, "SequenceLayout: \(batch) sequences of \(time) steps are not possible")
    self.batch = batch
    self.time = time
    if let lengths { Self.requireLengths(lengths, batch: batch, time: time) }
    if let lengths, lengths.contains(where: { $0 != time }) {
      self.lengths = lengths
      // By index where lengths are equal: the order is a function of the lengths alone.
      order = (0..<batch).sorted { (-lengths[$0], $0) < (-lengths[$1], $1) }
      var ending = Array(repeating: 0, count: time + 1)
      for length in lengths { ending[length] += 1 }
      var running = batch
      counts = (0..<lengths.max()!).map { step in
        running -= ending[step]
        return running
      }
    } else {
      self.lengths = nil
      order = nil
      counts = Array(repeating: batch, count: batch == 0 ? 0 : time)
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

  /// Stops the program unless there is one length for each sequence, and none is longer than the axis of time.
  static func requireLengths(_ lengths: some Collection<Int>, batch: Int, time: Int) {
    require(
      lengths.count == batch, "sequences: \(lengths.count) lengths do not fit a batch of \(batch); give one for each")
    if let (sequence, length) = lengths.enumerated().first(where: { !(0...time ~= $0.element) }) {
      stop(
        "sequences: number \(sequence) cannot have \(length) steps; give a length in 0...\(time), the axis of time")
    }
  }

  /// The number of steps of the longest sequence.
  public var steps: Int { counts.count }

  /// Whether all sequences are equally long.
  public var isUniform: Bool { counts.last ?? batch == batch }

  /// The rows of a step; those after it in a history are as many, ``batch`` rows further on.
  public func rows(ofStep step: Int) -> Range<Int> {
    let start = starts[step + 1] - batch
    return start..<start + counts[step]
  }

  /// The rows in a history of the states before a step, of the sequences that have this step.
  public func historyRows(beforeStep step: Int) -> Range<Int> { starts[step]..<starts[step] + counts[step] }

  /// Returns from a history each sequence's row after its last step, in the layout's order.
  public func lastRows(of history: Tensor) -> Tensor {
    history.gathered(rows: (0..<batch).map { starts[length(at: $0)] + $0 })
  }

  /// Returns from a history the states before every step, row by row as the steps lie.
  public func rowsBefore(in history: Tensor) -> Tensor {
    // With equal lengths they are the history without its last block: the same memory.
    isUniform
      ? Tensor(storage: history.storage, shape: history.shape.withLeading(rowCount), dtype: history.dtype)
      : history.gathered(rows: (0..<steps).flatMap(historyRows(beforeStep:)))
  }

  /// Whether the layout's order is that of the batch.
  var isInOrder: Bool { order == nil }

  /// Which sequence of the batch is at a place of the layout's order.
  package func sequence(at index: Int) -> Int { order?[index] ?? index }

  /// The steps of the sequence at a place of the layout's order.
  package func length(at index: Int) -> Int { lengths.map { $0[order![index]] } ?? steps }

  /// The same layout with each sequence read from its last step.
  func reversed(_ isReversed: Bool = true) -> SequenceLayout {
    var layout = self
    layout.isReversed = isReversed
    return layout
  }

  /// The same layout of tensors that are rows outside too.
  var packed: SequenceLayout {
    var layout = self
    layout.isPacked = true
    return layout
  }

  /// The same layout of tensors that are [B, T, …] outside.
  private var padded: SequenceLayout {
    var layout = self
    layout.isPacked = false
    return layout
  }

  /// Returns what layers see of the steps, [B, T, …] or rows, as sequences [B, T, …], with 0 beyond a sequence's end.
  func sequences(_ steps: Tensor) -> Tensor { isPacked ? padded.unpack(steps) : steps }

  /// Returns sequences [B, T, …] in the form in which layers see the steps.
  func steps(_ sequences: Tensor) -> Tensor { isPacked ? padded.pack(sequences) : sequences }

  /// The steps of each sequence of the batch; nil where all have as many as the axis of time.
  package var unequalLengths: [Int]? {
    if lengths == nil && steps == time { return nil }
    return lengths ?? Array(repeating: steps, count: batch)
  }

  /// Nothing in it is a tensor.
  public var customMirror: Mirror { Mirror(self, children: []) }
}
