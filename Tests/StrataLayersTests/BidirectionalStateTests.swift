import Strata
import StrataTensor
import Testing

/// Lengths and states of ``Bidirectional``, and initial states that are learnt.
@Suite(.seeded) struct BidirectionalStateTests {
  @Test func `sequences of unequal lengths from given states are PyTorch's, packed`() throws {
    let reference = try Reference("recurrent_states")
    let layer = Bidirectional(LSTMCell(2, 3), LSTMCell(2, 3))
    layer.convert(to: .float64)
    let names = layer.pytorchState.keys
    try layer.load(pytorch: Dictionary(uniqueKeysWithValues: names.map { ($0, reference[$0]) }))
    func states(_ prefix: String, _ suffix: String) -> Bidirectional<LSTMCell>.States {
      let (h, c) = (reference[prefix + "h" + suffix], reference[prefix + "c" + suffix])
      return Pair(LSTMState(h: h[0], c: c[0]), LSTMState(h: h[1], c: c[1]))
    }
    func compare(_ found: Bidirectional<LSTMCell>.States, _ prefix: String, _ suffix: String) {
      for (a, b) in zip(found.tensors, states(prefix, suffix).tensors) { #expect(relativeError(a, b) < 1e-10) }
    }
    let lengths = reference["lengths"].elements(as: Int.self)
    let run = layer.unroll(reference["x"], lengths: lengths, from: states("", "0"))
    #expect(relativeError(run.outputs, reference["y"]) < 1e-10)
    compare(run.lastStates, "", "n")
    var gradients = Gradients()
    let (dx, dInitial) = layer.backward(
      outputs: reference["dy"], lastStates: states("d", "n"), run.cache, &gradients)
    #expect(relativeError(dx, reference["dx"]) < 1e-10)
    compare(dInitial, "d", "0")
    let found = layer.pytorchGradients(gradients)
    for name in names { #expect(relativeError(found[name]!, reference["d" + name]) < 1e-10, "\(name)") }
  }

  @Test func `a learnt state starts as the cell's, where none is given, and learns there alone`() {
    let plain = withSeed(1) { Bidirectional(LSTMCell(2, 3), LSTMCell(2, 3)) }
    let learnt = withSeed(1) { Bidirectional(LSTMCell(2, 3), LSTMCell(2, 3), learnsInitialState: true) }
    let x = Tensor(normal: [4, 5, 2])
    #expect(learnt(x).isIdentical(to: plain(x)))
    #expect(learnt.parameters.count == plain.parameters.count + 4)
    #expect(learnt.parameters.contains { $0.path == "reverse.initialState.1" && $0.parameter.shape == [3] })
    let state = LSTMState(h: Tensor(zeros: [4, 3]), c: Tensor(zeros: [4, 3]))
    for start in [nil, state] {
      var gradients = Gradients()
      let run = learnt.ahead.unroll(x, lengths: [5, 0, 2, 1], from: start)
      let back = learnt.ahead.backward(outputs: Tensor(ones: [4, 5, 3]), run.cache, &gradients)
      let found = gradients[learnt.ahead.initialState[0]]
      #expect(start == nil ? found == back.dInitialState.h.sum(along: 0) : found == nil)
    }
    #expect("\(learnt)" == "Bidirectional(LSTMCell(2, 3), LSTMCell(2, 3), learnsInitialState: true)")
    #expect("\(Recurrent(GRUCell(2, 3, bias: false)))" == "Recurrent(GRUCell(2, 3, bias: false))")
  }
}

extension Module {
  /// The gradients by PyTorch's names: those of a model whose parameters are the gradients.
  fileprivate func pytorchGradients(_ gradients: Gradients) -> [String: Tensor] {
    let values = parameters.map { ($0.parameter, $0.parameter.value) }
    for (parameter, _) in values { parameter.value = gradients[parameter]! }
    defer { for (parameter, value) in values { parameter.value = value } }
    return pytorchState
  }
}
