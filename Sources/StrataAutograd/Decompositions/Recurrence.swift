import StrataLayers
import StrataTensor

// The decompositions of recurrent layers and their cells.

extension GatedCell {
  /// xW + b and hU + b', cut into the parts of the gates.
  fileprivate func parts(_ x: Variable, _ h: Variable, gates: Int) -> (input: [Variable], hidden: [Variable]) {
    let input = matmul(x, inputWeight.variable) + inputBias.variable
    let hidden = matmul(h, hiddenWeight.variable) + hiddenBias.variable
    func cut(_ x: Variable) -> [Variable] {
      (0..<gates).map { x.sliced($0 * hiddenSize..<($0 + 1) * hiddenSize, along: 1) }
    }
    return (cut(input), cut(hidden))
  }
}

extension RNNCell: DecomposableCell {
  public func decomposed(_ x: Variable, _ state: [Variable]) -> [Variable] {
    let (input, hidden) = parts(x, state[0], gates: 1)
    let z = input[0] + hidden[0]
    return [activation == .tanh ? tanh(z) : relu(z)]
  }
}
extension LSTMCell: DecomposableCell {
  public func decomposed(_ x: Variable, _ state: [Variable]) -> [Variable] {
    let (input, hidden) = parts(x, state[0], gates: 4)
    let z = zip(input, hidden).map { $0 + $1 }
    let c = sigmoid(z[1]) * state[1] + sigmoid(z[0]) * tanh(z[2])
    return [sigmoid(z[3]) * tanh(c), c]
  }
}
extension GRUCell: DecomposableCell {
  public func decomposed(_ x: Variable, _ state: [Variable]) -> [Variable] {
    let (input, hidden) = parts(x, state[0], gates: 3)
    let (reset, update) = (sigmoid(input[0] + hidden[0]), sigmoid(input[1] + hidden[1]))
    let candidate = tanh(input[2] + reset * hidden[2])
    return [candidate + update * (state[0] - candidate)]
  }
}

extension Recurrent: DecomposableModule where Cell: DecomposableCell {}
extension Recurrent: DecomposableLayer where Cell: DecomposableCell {
  public func decomposed(_ x: Variable) -> Variable {
    requireSequences(x)
    let (batch, time) = (x.shape[0], x.shape[1])
    let options = ThroughTime(truncation: truncation)
    var state = cell.initialState(batch: batch, dtype: x.dtype).tensors.map { Variable($0) }
    var outputs: [Variable] = []
    for step in 0..<time {
      if options.cuts(before: step) { state = state.map { stopGradient($0) } }
      state = cell.decomposed(x[AxisSelection.all, isReversed ? time - 1 - step : step], state)
      outputs.append(state[0])
    }
    if result == .lastStep { return state[0] }
    return Variable(stacking: isReversed ? outputs.reversed() : outputs, along: 1)
  }
}
extension Bidirectional: DecomposableModule where Cell: DecomposableCell {}
extension Bidirectional: DecomposableLayer where Cell: DecomposableCell {
  public func decomposed(_ x: Variable) -> Variable {
    Variable(concatenating: [ahead.decomposed(x), reverse.decomposed(x)], along: -1)
  }
}
extension MaxOverTime: DecomposableLayer {
  public func decomposed(_ x: Variable) -> Variable {
    requireSequences(x)
    if x.shape[1] == 0 { return Variable(forward(x.value).0) }
    return x.maxWithIndices(along: 1).values
  }
}

extension Layer {
  /// Stops the program unless x is [B, T, D].
  fileprivate func requireSequences(_ x: Variable) {
    require(x.shape.rank == 3, "\(self) on variables takes sequences [B, T, D], not shape \(x.shape)")
  }
}
