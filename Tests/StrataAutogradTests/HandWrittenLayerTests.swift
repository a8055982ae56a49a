import Strata
import StrataTesting
import Testing

/// Layers of the framework rewritten with only a forward, on the same parameters: values and gradients must equal
/// those of the hand-written derivatives.
@Suite(.seeded) struct HandWrittenLayerTests {
  @Test func `the affine map of Linear`() throws {
    let linear = Linear(5, 3)
    try compare(
      linear,
      Rewritten(of: linear) { x in
        matmul(x, linear.weight.variable) + linear.bias!.variable
      }, input: [4, 5])
  }

  @Test func `the affine map of Linear on sequences`() throws {
    let linear = Linear(5, 3)
    try compare(
      linear,
      Rewritten(of: linear) { x in
        matmul(x, linear.weight.variable) + linear.bias!.variable
      }, input: [2, 4, 5])
  }

  @Test func `the kink of ReLU`() throws {
    try compare(ReLU(), Rewritten(of: ReLU()) { x in relu(x) }, input: [4, 5])
  }

  @Test func `the statistics of BatchNorm`() throws {
    let norm = BatchNorm(5)
    norm.weight!.value = [0.5, -1, 2, 1, 3]
    try compare(
      norm,
      Rewritten(of: norm) { x in
        let deviation = x - x.mean(along: 0, keepingAxes: true)
        let variance = (deviation * deviation).mean(along: 0, keepingAxes: true)
        return norm.weight!.variable * deviation / sqrt(variance + norm.epsilon) + norm.bias!.variable
      }, input: [8, 5])
  }

  @Test func `a step of an LSTM`() throws {
    let cell = LSTMCell(3, 4)
    // The previous states are parts of x, [x, h', c'], and the next states are joined, [h, c].
    let step = CellStep(cell: cell)
    try compare(
      step,
      Rewritten(of: step) { x in
        let (input, h, c) = (x.sliced(0..<3, along: 1), x.sliced(3..<7, along: 1), x.sliced(7..<11, along: 1))
        let z =
          matmul(input, cell.inputWeight.variable) + cell.inputBias!.variable
          + matmul(h, cell.hiddenWeight.variable) + cell.hiddenBias!.variable
        func gate(_ index: Int) -> Variable { z.sliced(4 * index..<4 * (index + 1), along: 1) }
        let memory = sigmoid(gate(1)) * c + sigmoid(gate(0)) * tanh(gate(2))
        return Variable(concatenating: [sigmoid(gate(3)) * tanh(memory), memory], along: 1)
      }, input: [6, 11])
  }

  @Test func `softmax cross-entropy`() {
    let labels = Tensor(labels: [3, 0, 1, 3])
    let logits = 3 * normal([4, 5], seed: 1)
    let (value, gradient) = SoftmaxCrossEntropy().evaluate(logits, labels)
    let picked = Tensor(labels: [0 * 5 + 3, 1 * 5 + 0, 2 * 5 + 1, 3 * 5 + 3])
    let written = { (z: Variable) in -logSoftmax(z).reshaped([20]).gathered(rows: picked).mean() }
    for f in [written, { softmaxCrossEntropy($0, labels) }, { SoftmaxCrossEntropy()($0, labels) }] {
      let found = valueWithGradient(of: f, at: logits)
      #expect(abs(found.value - value) < 1e-12 * value)
      #expect(relativeError(found.gradient, gradient) < 1e-12)
    }
  }

  private func compare(_ layer: some Layer, _ rewritten: Rewritten, input: Shape) throws {
    layer.convert(to: .float64)
    let x = normal(input, seed: 5)
    let (y, cache) = layer.forward(x)
    let (z, tape) = rewritten.forward(x)
    #expect(relativeError(z, y) < 1e-12)
    let dy = normal(y.shape, seed: 6)
    var (expected, found) = (Gradients(), Gradients())
    let dx = layer.backward(dy, cache, &expected)
    #expect(relativeError(rewritten.backward(dy, tape, &found), dx) < 1e-12)
    #expect(found.receivers.count == layer.parameters.count)
    for (path, parameter) in layer.parameters {
      let (a, b) = (try #require(found[parameter], "\(path)"), try #require(expected[parameter]))
      #expect(relativeError(a, b) < 1e-12, "\(path)")
    }
  }
}

/// A layer's function written with variables, with that layer's parameters.
private struct Rewritten: DifferentiableLayer {
  let original: any Layer
  let function: @Sendable (Variable) -> Variable

  init(of original: any Layer, _ function: @escaping @Sendable (Variable) -> Variable) {
    self.original = original
    self.function = function
  }

  func forward(_ x: Variable) -> Variable { function(x) }
}

/// One step of an LSTM as a layer from [x, h', c'] to [h, c].
private struct CellStep: Layer {
  let cell: LSTMCell

  func forward(_ x: Tensor) -> (Tensor, LSTMCell.StepCache) {
    let (n, h) = (cell.inputSize, cell.hiddenSize)
    let parts = x.split([n, h, h], along: 1)
    let (state, cache) = cell.step(parts[0], LSTMState(h: parts[1], c: parts[2]))
    return (Tensor(concatenating: state.tensors, along: 1), cache)
  }

  func backward(_ dy: Tensor, _ cache: LSTMCell.StepCache, _ gradients: inout Gradients) -> Tensor {
    let parts = dy.split([cell.hiddenSize, cell.hiddenSize], along: 1)
    let (dx, before) = cell.backward(LSTMState(h: parts[0], c: parts[1]), cache, &gradients)
    return Tensor(concatenating: [dx] + before.tensors, along: 1)
  }
}
