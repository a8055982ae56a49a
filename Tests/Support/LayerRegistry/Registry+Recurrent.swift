import Strata
import StrataTesting

/// Batches of sequences: [B, T, in].
private let sequenceShapes: [Shape] = [
  [1, 1, 1], [1, 1, 7], [3, 1, 2], [1, 5, 1], [2, 3, 4], [5, 2, 3], [4, 7, 1], [9, 3, 5], [17, 2, 3],
  [3, 6, 33],
]

/// The numbers of units in the tests: small, odd, and 1.
private func hidden(_ shape: Shape) -> Int { shape[2] % 5 + 1 }

private func recurrent<Cell: RecurrentCell>(
  _ cell: String, returning result: Recurrent<Cell>.Result = .sequence, truncation: Int? = nil,
  _ make: @escaping @Sendable (Int, Int) -> Cell
) -> LayerEntry {
  let options =
    "(\(cell)" + (result == .lastStep ? ", lastStep" : "") + (truncation.map { ", truncation: \($0)" } ?? "") + ")"
  let skipping = Cell.self == RNNCell.self ? keepsRoom : [:]
  return LayerEntry("Recurrent", options, shapes: sequenceShapes, skipping: skipping) { shape in
    Recurrent(make(shape[2], hidden(shape)), returning: result, truncation: truncation)
  }
}

/// The cells and how to create them.
let recurrentLayers: [LayerEntry] = [
  recurrent("RNNCell") { RNNCell($0, $1) },
  recurrent("RNNCell relu") { RNNCell($0, $1, activation: .relu) },
  recurrent("LSTMCell") { LSTMCell($0, $1) },
  recurrent("LSTMCell", returning: .lastStep) { LSTMCell($0, $1, forgetBias: 1) },
  recurrent("GRUCell") { GRUCell($0, $1) },
  recurrent("GRUCell", returning: .lastStep) { GRUCell($0, $1) },
  recurrent("LeakyCell") { LeakyCell($0, $1) },
  recurrent("LSTMCell", truncation: 100) { LSTMCell($0, $1) },
  LayerEntry("Bidirectional", "(LSTMCell)", shapes: sequenceShapes) { shape in
    Bidirectional(LSTMCell(shape[2], hidden(shape)), LSTMCell(shape[2], hidden(shape)))
  },
  LayerEntry("Bidirectional", "(GRUCell, lastStep)", shapes: sequenceShapes) { shape in
    Bidirectional(GRUCell(shape[2], hidden(shape)), GRUCell(shape[2], 3), returning: .lastStep)
  },
  recurrent("RNNCell bias: false") { RNNCell($0, $1, bias: false) },
  recurrent("LSTMCell bias: false") { LSTMCell($0, $1, bias: false) },
  recurrent("GRUCell bias: false") { GRUCell($0, $1, bias: false) },
  recurrent("ProjectedLSTMCell") { ProjectedLSTMCell($0, $1 + 1, projected: $1) },
  recurrent("ProjectedLSTMCell bias: false") { ProjectedLSTMCell($0, $1 + 1, projected: $1, bias: false) },
  LayerEntry("Recurrent", "(LSTMCell, learnsInitialState)", shapes: sequenceShapes) { shape in
    Recurrent(LSTMCell(shape[2], hidden(shape)), learnsInitialState: true)
  },
  LayerEntry("Recurrent", "(GRUCell, learnsInitialState)", shapes: sequenceShapes) { shape in
    Recurrent(GRUCell(shape[2], hidden(shape)), learnsInitialState: true)
  },
  LayerEntry("Bidirectional", "(GRUCell, learnsInitialState)", shapes: sequenceShapes) { shape in
    Bidirectional(
      GRUCell(shape[2], hidden(shape)), GRUCell(shape[2], 3), returning: .lastStep, learnsInitialState: true)
  },
  LayerEntry("MeanOverTime", shapes: sequenceShapes) { _ in MeanOverTime() },
  LayerEntry("MaxOverTime", shapes: sequenceShapes) { _ in MaxOverTime() },
  LayerEntry("LastStep", shapes: sequenceShapes, skipping: computesNothing) { _ in LastStep() },
]

/// A recurrent cell under test.
package struct CellEntry: Sendable, CustomStringConvertible {
  package let description: String
  /// The name of the type in the sources; nil for a cell of the tests.
  package let type: String?
  /// Runs the kit on a cell with these numbers of inputs and units, but for what other sizes have been through.
  package let check:
    @Sendable (_ inputs: Int, _ hidden: Int, _ batch: Int, _ steps: Int, _ done: [LayerCheck: String]) throws
      -> ConformanceReport

  init<Cell: RecurrentCell>(
    _ type: String?, _ options: String = "", skipping: [LayerCheck: String] = [:],
    _ make: @escaping @Sendable (Int, Int) -> Cell
  ) {
    self.type = type
    description = "\(Cell.self)\(options)"
    check = { inputs, hidden, batch, steps, done in
      try checkCell(
        withSeed(7) { make(inputs, hidden) }, batch: batch, steps: steps,
        skipping: skipping.merging(done) { own, _ in own })
    }
  }
}

/// Every recurrent cell of Strata, and a custom one.
package let cellRegistry: [CellEntry] = [
  CellEntry("RNNCell", skipping: keepsRoom) { RNNCell($0, $1) },
  CellEntry("RNNCell", "(relu)", skipping: keepsRoom) { RNNCell($0, $1, activation: .relu) },
  CellEntry("LSTMCell") { LSTMCell($0, $1) }, CellEntry("GRUCell") { GRUCell($0, $1) },
  CellEntry("LSTMCell", "(bias: false)") { LSTMCell($0, $1, bias: false) },
  CellEntry("GRUCell", "(bias: false)") { GRUCell($0, $1, bias: false) },
  CellEntry("ProjectedLSTMCell") { ProjectedLSTMCell($0, $1 + 2, projected: $1) },
  CellEntry(nil) { LeakyCell($0, $1) },
]

/// RNNCell keeps the memory of z to write dL/dz into, which would otherwise have to be allocated.
private let keepsRoom: [LayerCheck: String] = [.cacheIsRead: "the room of z is kept for dL/dz"]

/// A custom cell: h' = 0.7 h + 0.3 tanh(xW + hU).
package struct LeakyCell: RecurrentCell {
  let w: Parameter
  let u: Parameter
  package var inputSize: Int { w.shape[0] }
  package var hiddenSize: Int { w.shape[1] }

  package struct StepCache: Sendable { let x, h, a, w, u: Tensor }

  package init(_ inputs: Int, _ hidden: Int) {
    w = Parameter(Tensor(normal: [inputs, hidden]))
    u = Parameter(Tensor(normal: [hidden, hidden]))
  }

  package func step(_ x: Tensor, _ h: Tensor) -> (Tensor, StepCache) {
    let (w, u) = (w.value, u.value)
    let a = tanh(matmul(x, w) + matmul(h, u))
    return (0.7 * h + 0.3 * a, StepCache(x: x, h: h, a: a, w: w, u: u))
  }

  package func backward(
    _ dh: Tensor, _ c: StepCache, _ gradients: inout Gradients
  ) -> (dx: Tensor, dState: Tensor) {
    let dz = 0.3 * dh * (1 - c.a * c.a)
    gradients.addProduct(c.x.transposed, dz, to: w)
    gradients.addProduct(c.h.transposed, dz, to: u)
    return (matmul(dz, c.w.transposed), 0.7 * dh + matmul(dz, c.u.transposed))
  }
}
