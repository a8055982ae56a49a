import StrataLayers
import StrataTensor

/// Checks all that Strata asks of a recurrent cell, in one call.
///
/// One step is a layer from (x, state) to the next state, and a `Recurrent` of the cell is one from a batch
/// of sequences to their outputs: both go through ``LayerCheck``. Besides, a batch of unequal lengths from a
/// given state has right gradients, and each of its sequences runs as if it were alone; a whole sequence at once
/// equals a loop over its steps; and a window of truncated backpropagation is the same as feeding pieces.
///
/// ```swift
/// try checkCell(LeakyCell(3, 4))
/// ```
///
/// - Parameters:
///   - cell: Any cell, built in or your own.
///   - batch: The number of sequences, 2 or more.
///   - steps: The number of steps, 2 or more.
///   - skipping: Checks that are not to hold for the step and the sequence as layers, each with the reason.
///   - tolerance: The error allowed of gradients in `float64`, relative to the largest entry of each.
///   - seed: Of all random numbers in the checks.
/// - Throws: ``ConformanceError`` with every check that does not hold.
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
  let probe = CellProbe(cell: cell, lengths: (0..<batch).map { ($0 * $0 + 1) % steps + 1 }, steps: steps, seed: seed)
  try withPrecision(.float64, ModelContents(of: step).boxes) {
    try list.check("unequal lengths") { try probe.checkUnequalLengths(tolerance) }
    try list.check("sequences apart") { try probe.checkSequencesApart() }
    try list.check("the sequence equals its steps") { try probe.checkLoop() }
    try list.check("windows") { try probe.checkWindows() }
  }
  return try list.finish()
}

/// The report of a check, whether or not it throws it as an error.
private func report(_ check: () throws -> ConformanceReport) throws -> ConformanceReport {
  do { return try check() } catch let error as ConformanceError { return error.report }
}
