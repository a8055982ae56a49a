import StrataTensor

/// How many steps of each sequence a layer has seen that makes one row of all: what it carries from call to call besides
/// its row.
struct PooledSteps: Sendable {
  /// The steps of each sequence, in the order of the batch.
  private(set) var counts: [Int]

  /// Those of a layout.
  init(_ layout: SequenceLayout) {
    counts = Array(repeating: 0, count: layout.batch)
    for index in 0..<layout.batch { counts[layout.sequence(at: index)] = layout.length(at: index) }
  }

  /// Adds those that came before, of as many sequences.
  mutating func follow(_ before: PooledSteps, in layer: some Layer) {
    require(
      before.counts.count == counts.count,
      "\(layer) with carried state: it has seen \(before.counts.count) sequences, and \(counts.count) are to go on; give "
        + "it the same number")
    counts = zip(before.counts, counts).map(+)
  }
}
