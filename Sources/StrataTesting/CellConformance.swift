import StrataLayers
import StrataTensor

/// Checks everything that Strata requires of a recurrent cell.
///
/// One step is a layer from (x, state) to the next state, and a `Recurrent` of the cell is a layer from a batch of
/// sequences to their outputs; ``LayerCheck`` runs on both. Further checks: a batch of unequal lengths from a given
/// state has correct gradients; each of its sequences gives the same results as alone; a whole sequence at once equals
/// a loop over its steps; and truncated backpropagation equals feeding the sequence in pieces.
///
/// ```swift
/// try checkCell(LeakyCell(3, 4))
/// ```
///
/// - Parameters:
///   - cell: A built-in or custom cell.
///   - batch: The number of sequences, 2 or more.
///   - steps: The number of steps, 2 or more.
///   - skipping: Checks to skip for the step and the sequence as layers, each with the reason.
///   - tolerance: The allowed error of gradients in `float64`, relative to the largest entry of each.
///   - seed: The seed of all random numbers in the checks.
/// - Throws: ``ConformanceError`` with every failed check.
@discardableResult
public func checkCell<Cell: RecurrentCell>(
  _ cell: Cell, batch: Int = 3, steps: Int = 4, skipping: [LayerCheck: String] = [:], tolerance: Double = 1e-9,
  seed: UInt64 = 0
) throws -> ConformanceReport {
  require(batch > 1 && steps > 1, "checkCell: a batch of \(batch) and \(steps) steps: give 2 or more of each")
  var list = Checklist("\(cell)")
  let step = StepLayer(cell: cell)
  let reports = [
    (
      "a step",
      try report {
        try checkLayer(step, input: [batch, step.inputs], skipping: skipping, tolerance: tolerance, seed: seed)
      }
    ),
    (
      "a sequence",
      try report {
        try checkLayer(
          Recurrent(cell), input: [batch, steps, cell.inputSize], skipping: skipping, tolerance: tolerance, seed: seed)
      }
    ),
  ]
  for (name, report) in reports { list.add(report, under: name) }
  // The second sequence has no step at all.
  let lengths = (0..<batch).map { $0 == 1 ? 0 : ($0 * $0 + 1) % steps + 1 }
  let probe = CellProbe(cell: cell, lengths: lengths, steps: steps, seed: seed)
  try withPrecision(.float64, ModelContents(of: step).boxes) {
    try list.check("unequal lengths") { try probe.checkUnequalLengths(tolerance) }
    try list.check("sequences apart") { try probe.checkSequencesApart() }
    try list.check("the sequence equals its steps") { try probe.checkLoop() }
    try list.check("truncation") { try probe.checkTruncation() }
  }
  return try list.finish()
}

/// Returns the report of a check, whether it is returned or thrown in an error.
private func report(_ check: () throws -> ConformanceReport) throws -> ConformanceReport {
  do { return try check() } catch let error as ConformanceError { return error.report }
}
