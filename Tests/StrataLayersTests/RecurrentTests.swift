import Strata
import StrataTensor
import StrataTesting
import Testing

/// Each built-in cell, run by one body.
struct CellCase: Sendable, CustomStringConvertible {
  let description: String
  let check: @Sendable (any CellBody) throws -> Void
}

protocol CellBody: Sendable {
  func run<Cell: RecurrentCell>(_ cell: Cell) throws
}

private func cellCase<Cell: RecurrentCell>(_ make: @escaping @Sendable () -> Cell) -> CellCase {
  CellCase(description: "\(Cell.self)") { body in
    let cell = withSeed(7) { make() }
    Recurrent(cell).convert(to: .float64)
    try body.run(cell)
  }
}

let cells: [CellCase] = [
  cellCase { RNNCell(3, 5) }, cellCase { RNNCell(3, 5, activation: .relu) }, cellCase { LSTMCell(3, 5) },
  cellCase { GRUCell(3, 5) }, cellCase { LeakyCell(3, 5) },
]

@Suite struct RecurrentTests {
  @Test func `a stack with dropout between has the gradients of its forward`() throws {
    let stack = withSeed(1) {
      Sequential {
        Recurrent(LSTMCell(3, 4))
        Dropout(0.4)
        Bidirectional(GRUCell(4, 2), GRUCell(4, 3))
        Dropout(0.2)
        Recurrent(RNNCell(5, 2), returning: .lastStep)
      }
    }
    try checkGradients(of: stack, input: [3, 5, 3])
  }

  @Test(arguments: cells)
  func `sequences of unequal lengths run as if each were alone`(_ cell: CellCase) throws {
    struct Body: CellBody {
      let lengths: [Int]
      func run<Cell: RecurrentCell>(_ cell: Cell) throws {
        for isReversed in [false, true] {
          let layer = Recurrent(cell, isReversed: isReversed)
          let (batch, time) = (lengths.count, lengths.max()! + 1)
          let x = normal([batch, time, 3])
          let state = cell.initialState(batch: batch, dtype: .float64).randomized()
          let run = layer.unroll(x, lengths: lengths, from: state)
          let (dy, dLast) = (normal(run.outputs.shape), state.randomized())
          var gradients = Gradients()
          let back = layer.backward(
            outputs: dy, lastState: dLast, run.cache, &gradients, measuringNorms: true)

          var alone = Gradients()
          var squares = [Double](repeating: 0, count: lengths.max()!)
          for (row, length) in lengths.enumerated() {
            let one = layer.unroll(x.row(row, length), from: state.row(row))
            let oneBack = layer.backward(
              outputs: dy.row(row, length), lastState: dLast.row(row), one.cache, &alone, measuringNorms: true
            )
            #expect(relativeError(run.outputs.row(row, length), one.outputs) < 1e-12)
            #expect(relativeError(back.dx!.row(row, length), oneBack.dx!) < 1e-12)
            for (all, one) in zip(run.lastState.tensors, one.lastState.tensors) {
              #expect(relativeError(all[row..<row + 1], one) < 1e-12)
            }
            for (all, one) in zip(back.dInitialState.tensors, oneBack.dInitialState.tensors) {
              #expect(relativeError(all[row..<row + 1], one) < 1e-12)
            }
            for (step, norm) in oneBack.norms.enumerated() { squares[step] += norm * norm }
            for step in length..<time {
              #expect(run.outputs[row, step].sumOfSquares == 0 && back.dx![row, step].sumOfSquares == 0)
            }
          }
          #expect(gradients.receivers.count == alone.receivers.count && !gradients.receivers.isEmpty)
          for parameter in alone.receivers {
            #expect(relativeError(gradients[parameter]!, alone[parameter]!) < 1e-12)
          }
          #expect(relativeError(Tensor(back.norms), Tensor(squares.map { $0.squareRoot() })) < 1e-12)
        }
      }
    }
    try cell.check(Body(lengths: [7, 3, 5, 1]))
    try cell.check(Body(lengths: [1]))
    try cell.check(Body(lengths: [2, 2]))
    try cell.check(Body(lengths: (0..<19).map { $0 * 5 % 7 + 1 }))
  }

  @Test(arguments: cells)
  func `gradients of the richer call agree with differences`(_ cell: CellCase) throws {
    struct Body: CellBody {
      func run<Cell: RecurrentCell>(_ cell: Cell) throws {
        for lengths in [nil, [4, 1, 3, 4, 2]] {
          try checkGradients(of: Whole(cell, lengths: lengths, batch: 5), input: [5, 4, 3])
        }
      }
    }
    try cell.check(Body())
  }

  @Test(arguments: cells)
  func `gradients of a single step agree with differences`(_ cell: CellCase) throws {
    struct Body: CellBody {
      func run<Cell: RecurrentCell>(_ cell: Cell) throws {
        for batch in [1, 4, 9] { try checkGradients(of: Single(cell, batch: batch), input: [batch, 3]) }
      }
    }
    try cell.check(Body())
  }

  @Test(arguments: cells)
  func `a whole sequence at once equals a loop over its steps`(_ cell: CellCase) throws {
    struct Body: CellBody {
      func run<Cell: RecurrentCell>(_ cell: Cell) throws {
        for (lengths, window) in [(nil, nil), ([6, 2, 5, 1, 6], nil), (nil, 2), ([6, 2, 5, 1, 6], 4)] {
          let x = normal([5, 6, 3])
          let state = cell.initialState(batch: 5, dtype: .float64).randomized()
          let dLast = state.randomized()
          let whole = Recurrent(cell, window: window)
          let loop = Recurrent(Stepwise(cell: cell), window: window)
          let (a, b) = (
            whole.unroll(x, lengths: lengths, from: state), loop.unroll(x, lengths: lengths, from: state)
          )
          let dy = normal(a.outputs.shape)
          var (da, db) = (Gradients(), Gradients())
          let backA = whole.backward(outputs: dy, lastState: dLast, a.cache, &da, measuringNorms: true)
          let backB = loop.backward(outputs: dy, lastState: dLast, b.cache, &db, measuringNorms: true)
          #expect(relativeError(a.outputs, b.outputs) < 1e-12)
          #expect(relativeError(backA.dx!, backB.dx!) < 1e-12)
          #expect(relativeError(Tensor(backA.norms), Tensor(backB.norms)) < 1e-12)
          for (one, other) in zip(a.lastState.tensors, b.lastState.tensors) {
            #expect(relativeError(one, other) < 1e-12)
          }
          for (one, other) in zip(backA.dInitialState.tensors, backB.dInitialState.tensors) {
            #expect(relativeError(one, other) < 1e-12)
          }
          for parameter in db.receivers { #expect(relativeError(da[parameter]!, db[parameter]!) < 1e-12) }
        }
      }
    }
    try cell.check(Body())
  }

  @Test(arguments: cells)
  func `a window cuts the gradient as feeding pieces does, and none when it covers the sequence`(
    _ cell: CellCase
  ) throws {
    struct Body: CellBody {
      func run<Cell: RecurrentCell>(_ cell: Cell) throws {
        let x = normal([2, 7, 3])
        let dy = normal([2, 7, cell.hiddenSize])
        let full = Recurrent(cell).run(x, dy)
        for window in [7, 8, 100] {
          let same = Recurrent(cell, window: window).run(x, dy)
          #expect(same.dx.isIdentical(to: full.dx))
          for parameter in full.gradients.receivers {
            #expect(same.gradients[parameter]!.isIdentical(to: full.gradients[parameter]!))
          }
        }
        let cut = Recurrent(cell, window: 3).run(x, dy)
        #expect(relativeError(cut.y, full.y) < 1e-14)
        #expect(relativeError(cut.dx, full.dx) > 1e-3)
        var pieces = Gradients()
        var state: Cell.State?
        for steps in [0..<3, 3..<6, 6..<7] {
          let run = Recurrent(cell).unroll(x.steps(steps), from: state)
          let back = Recurrent(cell).backward(outputs: dy.steps(steps), run.cache, &pieces)
          #expect(relativeError(cut.dx.steps(steps), back.dx!) < 1e-12)
          state = run.lastState
        }
        for parameter in pieces.receivers {
          #expect(relativeError(cut.gradients[parameter]!, pieces[parameter]!) < 1e-12)
        }
      }
    }
    try cell.check(Body())
  }

  @Test(arguments: cells)
  func `results have the same bits for any number of workers`(_ cell: CellCase) throws {
    struct Body: CellBody {
      func run<Cell: RecurrentCell>(_ cell: Cell) throws {
        let x = normal([37, 4, 3])
        let dy = normal([37, 4, cell.hiddenSize])
        let workers = Runtime.workers
        defer { Runtime.workers = workers }
        Runtime.workers = 1
        let one = Recurrent(cell).run(x, dy)
        for count in [2, 5] {
          Runtime.workers = count
          let other = Recurrent(cell).run(x, dy)
          #expect(other.y.isIdentical(to: one.y) && other.dx.isIdentical(to: one.dx))
          for parameter in one.gradients.receivers {
            #expect(other.gradients[parameter]!.isIdentical(to: one.gradients[parameter]!))
          }
        }
      }
    }
    try cell.check(Body())
  }

  /// The numbers of LSTMCell's derivation for one unit with every parameter 0 but those named.
  @Test func `worked numbers of the LSTM's derivation`() throws {
    let cell = LSTMCell(1, 1)
    Recurrent(cell).convert(to: .float64)
    for parameter in [cell.inputWeight, cell.hiddenWeight, cell.inputBias, cell.hiddenBias] {
      parameter.value = Tensor(zeros: parameter.shape, dtype: .float64)
    }
    // σ(0) = 1/2 and tanh(0) = 0: c = c'/2 and h = tanh(c'/2)/2.
    let (h, c) = (Tensor([0.3] as [Double], shape: [1, 1]), Tensor([0.8] as [Double], shape: [1, 1]))
    let (state, cache) = cell.step(Tensor([2] as [Double], shape: [1, 1]), LSTMState(h: h, c: c))
    let y = tanh(0.5 * c)
    #expect(abs(state.c.item - 0.4) < 1e-15 && abs(state.h.item - 0.5 * y.item) < 1e-15)
    var gradients = Gradients()
    let one = Tensor([1] as [Double], shape: [1, 1])
    let back = cell.backward(LSTMState(h: one, c: 0 * one), cache, &gradients)
    // dc = o(1 − y²) = (1 − y²)/2; dz_i = dc·g/4 = 0, dz_f = dc·c'/4, dz_g = dc/2, dz_o = y/4; dc' = dc/2.
    let dc = 0.5 * (1 - y.item * y.item)
    let dz = [0, dc * 0.8 / 4, dc / 2, y.item / 4]
    #expect(abs(back.dState.c.item - dc / 2) < 1e-15 && back.dState.h.item == 0)
    #expect(relativeError(gradients[cell.inputBias]!, Tensor(dz)) < 1e-15)
    #expect(relativeError(gradients[cell.hiddenBias]!, Tensor(dz)) < 1e-15)
    #expect(relativeError(gradients[cell.inputWeight]!, Tensor(dz.map { 2 * $0 }, shape: [1, 4])) < 1e-15)
    #expect(relativeError(gradients[cell.hiddenWeight]!, Tensor(dz.map { 0.3 * $0 }, shape: [1, 4])) < 1e-15)
  }

  @Test func `a fresh cell's parameters lie within 1 / √H, the forget gate's bias beside`() {
    let cell = LSTMCell(4, 16, forgetBias: 1)
    for parameter in [cell.inputWeight, cell.hiddenWeight, cell.inputBias] {
      let values = parameter.value.elements(as: Double.self)
      #expect(values.allSatisfy { abs($0) <= 0.25 } && values.contains { abs($0) > 0.2 })
    }
    let bias = cell.hiddenBias.value.elements(as: Double.self)
    #expect(bias[16..<32].allSatisfy { abs($0 - 1) <= 0.25 } && bias[32...].allSatisfy { abs($0) <= 0.25 })
  }

  @Test func `NaN is not swallowed`() {
    for layer in [RNNCell.Activation.tanh, .relu].map({ Recurrent(RNNCell(2, 3, activation: $0)) }) {
      #expect(layer(Tensor([.nan, 1], shape: [1, 1, 2])).elements(as: Float.self).allSatisfy { $0.isNaN })
    }
    let x = Tensor([.nan, 1], shape: [1, 1, 2])
    #expect(Recurrent(LSTMCell(2, 3))(x).elements(as: Float.self).allSatisfy { $0.isNaN })
    #expect(Recurrent(GRUCell(2, 3))(x).elements(as: Float.self).allSatisfy { $0.isNaN })
  }

  @Test func `a wrong input says what is expected and what to do`() throws {
    let layer = Recurrent(LSTMCell(28, 64), returning: .lastStep)
    let error = #expect(throws: ShapeError.self) { try layer.outputShape(for: [32, 784]) }
    #expect(
      error?.description
        == "Recurrent(LSTMCell(28, 64), returning: .lastStep) expects an input of shape [B, T, 28], "
        + "not [32, 784]; give it a batch of sequences of rows of 28 numbers")
    #expect(error?.assumedOutput == nil)
    #expect(throws: ShapeError.self) { try layer.outputShape(for: [32, 0, 28]) }
    let both = Bidirectional(GRUCell(3, 4), GRUCell(3, 5))
    let wrong = #expect(throws: ShapeError.self) { try both.outputShape(for: [2, 7, 9]) }
    #expect(wrong?.assumedOutput == [2, 7, 9] && wrong?.mismatches.first?.path == "ahead")
  }

  @Test func `misuse of the richer call stops with what was found and what was expected`() async throws {
    func expect(_ parts: String..., in result: ExitTest.Result?) throws {
      let text = String(decoding: try #require(result).standardErrorContent, as: UTF8.self)
      for part in parts { #expect(text.contains(part), "\(text.prefix(400))") }
    }
    try expect(
      "lengths [3, 0] do not fit a batch of 2 sequences of up to 4 steps", "one length in 1...4 for each",
      in: await #expect(processExitsWith: .failure, observing: [\.standardErrorContent]) {
        _ = Recurrent(GRUCell(3, 5)).unroll(Tensor(zeros: [2, 4, 3]), lengths: [3, 0])
      })
    try expect(
      "an initial state must be float32 of shape [2, 5], not float32 of [2, 3]",
      in: await #expect(processExitsWith: .failure, observing: [\.standardErrorContent]) {
        _ = Recurrent(GRUCell(3, 5)).unroll(Tensor(zeros: [2, 4, 3]), from: Tensor(zeros: [2, 3]))
      })
    try expect(
      "dL by the outputs must be float32 of shape [2, 4, 5], not float32 of [2, 4, 3]",
      in: await #expect(processExitsWith: .failure, observing: [\.standardErrorContent]) {
        let layer = Recurrent(GRUCell(3, 5))
        var gradients = Gradients()
        _ = layer.backward(Tensor(zeros: [2, 4, 3]), layer.forward(Tensor(zeros: [2, 4, 3])).1, &gradients)
      })
    try expect(
      "expects an input of shape [B, T, 3], not [2, 4, 9]",
      in: await #expect(processExitsWith: .failure, observing: [\.standardErrorContent]) {
        _ = Recurrent(GRUCell(3, 5))(Tensor(zeros: [2, 4, 9]))
      })
  }

  @Test func `a stack is a Sequential, and its paths name the cells' parameters`() {
    let model = Sequential {
      Recurrent(LSTMCell(3, 4))
      Bidirectional(RNNCell(4, 2), RNNCell(4, 2), returning: .lastStep)
      Linear(4, 2)
    }
    #expect(
      model.parameters.map(\.path) == [
        "0.cell.inputWeight", "0.cell.hiddenWeight", "0.cell.inputBias", "0.cell.hiddenBias",
        "1.ahead.cell.inputWeight", "1.ahead.cell.hiddenWeight", "1.ahead.cell.inputBias",
        "1.ahead.cell.hiddenBias", "1.reverse.cell.inputWeight", "1.reverse.cell.hiddenWeight",
        "1.reverse.cell.inputBias", "1.reverse.cell.hiddenBias", "2.weight", "2.bias",
      ])
  }

  /// In a process of its own, since the pool is everybody's.
  @Test func `a step of steady shape takes no fresh memory`() async {
    await #expect(processExitsWith: .success) {
      let model = Sequential {
        Recurrent(LSTMCell(5, 16))
        Recurrent(GRUCell(16, 16))
        Bidirectional(RNNCell(16, 8), RNNCell(16, 8), returning: .lastStep)
      }
      let x = Tensor(normal: [9, 6, 5])
      func step() { _ = model.gradients(at: x) { ($0.sum().item, Tensor(ones: $0.shape)) } }
      for _ in 0..<3 { step() }
      let before = Memory.poolMisses
      for _ in 0..<3 { step() }
      precondition(Memory.poolMisses == before)
    }
  }
}

// MARK: - Layers around the richer call and the single step, for the gradient check

/// The outputs and the last state, all in one row, of a run from a state that is learnt.
private struct Whole<Cell: RecurrentCell>: Layer {
  let layer: Recurrent<Cell>
  let lengths: [Int]?
  let state: [Parameter]

  init(_ cell: Cell, lengths: [Int]?, batch: Int) {
    layer = Recurrent(cell)
    self.lengths = lengths
    state = cell.initialState(batch: batch, dtype: .float64).randomized().tensors.map(Parameter.init)
  }

  struct Cache: Sendable {
    let run: Recurrent<Cell>.Unrolled
  }

  func forward(_ x: consuming Tensor) -> (Tensor, Cache) {
    let shape = x.shape
    let run = layer.unroll(x, lengths: lengths, from: layer.cell.state(state, batch: shape[0]))
    return (flat([run.outputs] + run.lastState.tensors), Cache(run: run))
  }

  func backward(_ dy: consuming Tensor, _ cache: consuming Cache, _ gradients: inout Gradients) -> Tensor {
    var last = cache.run.lastState
    let parts = unflat(dy, [cache.run.outputs] + last.tensors)
    last.tensors = Array(parts.dropFirst())
    let back = layer.backward(outputs: parts[0], lastState: last, cache.run.cache, &gradients)
    for (parameter, d) in zip(state, back.dInitialState.tensors) { gradients.add(d, to: parameter) }
    return back.dx!
  }
}

/// One step from a state that is learnt.
private struct Single<Cell: RecurrentCell>: Layer {
  let cell: Cell
  let state: [Parameter]

  init(_ cell: Cell, batch: Int) {
    self.cell = cell
    state = cell.initialState(batch: batch, dtype: .float64).randomized().tensors.map(Parameter.init)
  }

  struct Cache: Sendable {
    let state: Cell.State
    let step: Cell.StepCache
  }

  func forward(_ x: consuming Tensor) -> (Tensor, Cache) {
    let batch = x.shape[0]
    let (next, cache) = cell.step(x, cell.state(state, batch: batch))
    return (flat(next.tensors), Cache(state: next, step: cache))
  }

  func backward(_ dy: consuming Tensor, _ cache: consuming Cache, _ gradients: inout Gradients) -> Tensor {
    var dState = cache.state
    dState.tensors = unflat(dy, dState.tensors)
    let (dx, before) = cell.backward(dState, cache.step, &gradients)
    for (parameter, d) in zip(state, before.tensors) { gradients.add(d, to: parameter) }
    return dx
  }
}

/// A cell of which only the step is used: runs through the loop that users' cells get.
private struct Stepwise<Cell: RecurrentCell>: RecurrentCell {
  let cell: Cell
  var inputSize: Int { cell.inputSize }
  var hiddenSize: Int { cell.hiddenSize }
  func initialState(batch: Int, dtype: DType) -> Cell.State { cell.initialState(batch: batch, dtype: dtype) }
  func step(_ x: Tensor, _ state: Cell.State) -> (Cell.State, Cell.StepCache) { cell.step(x, state) }
  func backward(
    _ dState: Cell.State, _ cache: consuming Cell.StepCache, _ gradients: inout Gradients
  ) -> (dx: Tensor, dState: Cell.State) { cell.backward(dState, cache, &gradients) }
}

extension RecurrentCell {
  fileprivate func state(_ parameters: [Parameter], batch: Int) -> State {
    var state = initialState(batch: batch, dtype: .float64)
    state.tensors = parameters.map(\.value)
    return state
  }
}

extension RecurrentState {
  fileprivate func randomized() -> Self {
    var state = self
    state.tensors = tensors.map { normal($0.shape) }
    return state
  }

  fileprivate func row(_ index: Int) -> Self {
    var state = self
    state.tensors = tensors.map { $0[index..<index + 1] }
    return state
  }
}

extension Tensor {
  /// One sequence of a batch up to its length, as a batch of its own.
  fileprivate func row(_ index: Int, _ length: Int) -> Tensor {
    self[index][0..<length].reshaped(to: [1, length, shape[2]])
  }

  /// Some steps of a batch of sequences.
  fileprivate func steps(_ range: Range<Int>) -> Tensor {
    Tensor(stacking: (0..<shape[0]).map { self[$0][range] })
  }
}

private func normal(_ shape: Shape) -> Tensor { Tensor(normal: shape, dtype: .float64) }

private func flat(_ tensors: [Tensor]) -> Tensor {
  Tensor(concatenating: tensors.map { $0.reshaped([-1]) }).reshaped([1, -1])
}

private func unflat(_ row: Tensor, _ models: [Tensor]) -> [Tensor] {
  var start = 0
  return models.map { model in
    defer { start += model.count }
    return row.reshaped([-1])[start..<start + model.count].reshaped(to: model.shape)
  }
}
