import StrataLayers
import StrataTensor

/// The checks of a cell over whole sequences, in double precision.
struct CellProbe<Cell: RecurrentCell> {
  let cell: Cell
  /// The length of each sequence, at most `steps`.
  let lengths: [Int]
  let steps: Int
  let seed: UInt64

  private var batch: Int { lengths.count }

  func checkUnequalLengths(_ tolerance: Double) throws -> String {
    let layer = UnequalLayer(cell: cell, lengths: lengths, steps: steps)
    let probe = LayerProbe(layer, [batch, layer.inputs], nil, nil, { _ in false }, tolerance, seed)
    return "lengths \(lengths), of " + (try probe.checkGradients())
  }

  /// The results of a batch of sequences, forward and backward.
  private struct Run {
    let outputs: Tensor
    let last: Tensor
    let dx: Tensor
    let dInitial: Tensor
    let norms: [Double]
  }

  private func run<C: RecurrentCell>(
    _ layer: Recurrent<C>, _ x: Tensor, _ lengths: [Int]?, _ state: C.State, _ dy: Tensor, _ dLast: C.State,
    _ gradients: inout Gradients
  ) -> Run {
    let run = layer.unroll(x, lengths: lengths, from: state)
    let back = layer.backward(outputs: dy, lastState: dLast, run.cache, &gradients, measuringNorms: true)
    return Run(
      outputs: run.outputs, last: run.lastState.rows, dx: back.dx!, dInitial: back.dInitialState.rows,
      norms: back.norms)
  }

  func checkSequencesApart() throws -> String {
    let (x, dy) = (normal([batch, steps, cell.inputSize], 0), normal([batch, steps, cell.hiddenSize], 1))
    let (state, dLast) = (state(2), state(3))
    for isReversed in [false, true] {
      let layer = Recurrent(cell, isReversed: isReversed)
      var (together, alone) = (Gradients(), Gradients())
      let all = run(layer, x, lengths, state, dy, dLast, &together)
      var squares = [Double](repeating: 0, count: lengths.max()!)
      for (row, length) in lengths.enumerated() {
        let one = run(
          layer, x.sequence(row, length), nil, state.sequence(row), dy.sequence(row, length), dLast.sequence(row),
          &alone)
        for (step, norm) in one.norms.enumerated() { squares[step] += norm * norm }
        let cause = "rows of other sequences, or those beyond a sequence's end, are read"
        try agree(all.outputs.sequence(row, length), one.outputs, "the outputs of sequence \(row)", cause)
        try agree(all.dx.sequence(row, length), one.dx, "dx of sequence \(row)", cause)
        try agree(all.last[row..<row + 1], one.last, "the last state of sequence \(row)", cause)
        try agree(all.dInitial[row..<row + 1], one.dInitial, "dL by the initial state of sequence \(row)", cause)
        for step in length..<steps {
          try demand(
            all.outputs[row, step].magnitude == 0 && all.dx[row, step].magnitude == 0, expected: "zeros",
            found: "\(all.outputs[row, step]), \(all.dx[row, step])",
            at: "step \(step) of sequence \(row), of \(length)",
            cause: "a sequence is run beyond its end")
        }
      }
      try agree(together, alone, "summed over the sequences")
      try agree(
        Tensor(all.norms), Tensor(squares.map { $0.squareRoot() }), "the norms through time",
        "the norm of a step is over all sequences that reach it")
    }
    return "lengths \(lengths), both directions"
  }

  func checkLoop() throws -> String {
    let (x, dy) = (normal([batch, steps, cell.inputSize], 0), normal([batch, steps, cell.hiddenSize], 1))
    let (state, dLast) = (state(2), state(3))
    for truncation in [nil, 2] {
      for lengths in [nil, lengths] {
        var (a, b) = (Gradients(), Gradients())
        let whole = run(Recurrent(cell, truncation: truncation), x, lengths, state, dy, dLast, &a)
        let loop = run(Recurrent(StepwiseCell(cell: cell), truncation: truncation), x, lengths, state, dy, dLast, &b)
        let cause = "unroll or its backward, which the cell writes by itself, is not the loop over its step"
        try agree(whole.outputs, loop.outputs, "the outputs", cause)
        try agree(whole.last, loop.last, "the last state", cause)
        try agree(whole.dx, loop.dx, "dx", cause)
        try agree(whole.dInitial, loop.dInitial, "dL by the initial state", cause)
        try agree(Tensor(whole.norms), Tensor(loop.norms), "the norms through time", cause)
        try agree(a, b, "of the sequence at once")
      }
    }
    return ""
  }

  func checkTruncation() throws -> String {
    let (x, dy) = (normal([batch, steps, cell.inputSize], 0), normal([batch, steps, cell.hiddenSize], 1))
    let (start, zero) = (state(2), state(3).filled(from: Tensor(zeros: state(3).rows.shape, dtype: .float64)))
    var (full, same, cut, pieces) = (Gradients(), Gradients(), Gradients(), Gradients())
    let whole = run(Recurrent(cell), x, nil, start, dy, zero, &full)
    let covered = run(Recurrent(cell, truncation: steps), x, nil, start, dy, zero, &same)
    try demandSameBits(covered.dx, whole.dx, "dx", "a truncation to the whole length cuts something")
    try agree(same, full, "truncated to the whole length")
    let truncated = run(Recurrent(cell, truncation: 2), x, nil, start, dy, zero, &cut)
    var state = start
    let cause = "truncation cuts at the wrong step, or lets a gradient through"
    for first in stride(from: 0, to: steps, by: 2) {
      let range = first..<min(first + 2, steps)
      let run = Recurrent(cell).unroll(x.steps(range), from: state)
      let back = Recurrent(cell).backward(outputs: dy.steps(range), run.cache, &pieces)
      try agree(
        truncated.outputs.steps(range), run.outputs, "the outputs of the steps \(range)",
        "the state that a piece starts from is not taken up")
      try agree(truncated.dx.steps(range), back.dx!, "dx of the steps \(range)", cause)
      state = run.lastState
    }
    try agree(cut, pieces, "truncated to 2 steps")
    return "to 2 and to \(steps) steps"
  }

  private func agree(
    _ found: Tensor, _ expected: Tensor, _ name: String, _ cause: @autoclosure () -> String
  ) throws { try demandClose(found, expected, within: 1e-11, atLeast: 1e-3, name, cause()) }

  private func agree(_ found: Gradients, _ expected: Gradients, _ name: String) throws {
    for (path, parameter) in ModelContents(of: StepLayer(cell: cell)).parameters {
      guard let right = expected[parameter] else { continue }
      try agree(
        found[parameter] ?? 0 * right, right, "the gradient of \(path), \(name),",
        "a step's or a sequence's share is left out, or added twice")
    }
  }

  private func normal(_ shape: Shape, _ number: UInt64) -> Tensor {
    var generator = RandomGenerator(seed: seed, stream: inputStream + number)
    return Tensor(normal: shape, dtype: .float64, using: &generator)
  }

  private func state(_ number: UInt64) -> Cell.State {
    let model = cell.initialState(batch: batch, dtype: .float64)
    return model.filled(from: normal(model.rows.shape, number))
  }
}

extension Tensor {
  /// Returns one sequence of a batch up to its length, as a batch of one.
  fileprivate func sequence(_ row: Int, _ length: Int) -> Tensor {
    self[row][0..<length].reshaped(to: [1, length, shape[2]])
  }

  /// Returns a range of steps of a batch of sequences.
  fileprivate func steps(_ range: Range<Int>) -> Tensor { Tensor(stacking: (0..<shape[0]).map { self[$0][range] }) }
}

extension TensorGroup {
  fileprivate func sequence(_ row: Int) -> Self {
    var state = self
    state.tensors = tensors.map { $0[row..<row + 1] }
    return state
  }
}
