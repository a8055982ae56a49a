import Strata
import StrataTensor
import StrataTesting
import Testing

@Suite(.seeded) struct RecurrentTests {
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

  /// The numbers of LSTMCell's derivation for one unit with every parameter 0 but those named.
  @Test func `worked numbers of the LSTM's derivation`() throws {
    let cell = LSTMCell(1, 1)
    Recurrent(cell).convert(to: .float64)
    for parameter in [cell.inputWeight, cell.hiddenWeight, cell.inputBias!, cell.hiddenBias!] {
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
    #expect(relativeError(gradients[cell.inputBias!]!, Tensor(dz)) < 1e-15)
    #expect(relativeError(gradients[cell.hiddenBias!]!, Tensor(dz)) < 1e-15)
    #expect(relativeError(gradients[cell.inputWeight]!, Tensor(dz.map { 2 * $0 }, shape: [1, 4])) < 1e-15)
    #expect(relativeError(gradients[cell.hiddenWeight]!, Tensor(dz.map { 0.3 * $0 }, shape: [1, 4])) < 1e-15)
  }

  @Test func `a fresh cell's parameters lie within 1 / √H, the forget gate's bias beside`() {
    let cell = LSTMCell(4, 16, forgetBias: 1)
    for parameter in [cell.inputWeight, cell.hiddenWeight, cell.inputBias!] {
      let values = parameter.value.elements(as: Double.self)
      #expect(values.allSatisfy { abs($0) <= 0.25 } && values.contains { abs($0) > 0.2 })
    }
    let bias = cell.hiddenBias!.value.elements(as: Double.self)
    #expect(bias[16..<32].allSatisfy { abs($0 - 1) <= 0.25 } && bias[32...].allSatisfy { abs($0) <= 0.25 })
  }

  @Test func `a forget bias is added to what a plain cell would have drawn`() {
    let plain = withSeed(1) { LSTMCell(4, 3) }.hiddenBias!.value
    let biased = withSeed(1) { LSTMCell(4, 3, forgetBias: 2) }.hiddenBias!.value
    #expect(relativeError(biased - plain, [0, 0, 0, 2, 2, 2, 0, 0, 0, 0, 0, 0]) < 1e-6)
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

  /// Runs in a separate process, since the pool is shared.
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
      #expect(Memory.poolMisses == before)
    }
  }
}
