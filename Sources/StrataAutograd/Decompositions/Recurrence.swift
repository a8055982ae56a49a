import StrataLayers
import StrataTensor

// The decompositions of recurrent layers and their cells.

/// xW + b of all gates, cut into the part of each.
private func gates(_ x: Variable, _ weight: Parameter, _ bias: Parameter?, count: Int) -> [Variable] {
  var product = matmul(x, weight.variable)
  if let bias { product = product + bias.variable }
  let width = weight.shape[1] / count
  return (0..<count).map { product.sliced($0 * width..<($0 + 1) * width, along: 1) }
}

extension GatedCell {
  /// xW + b and hU + b', cut into the parts of the gates.
  fileprivate func parts(_ x: Variable, _ h: Variable, count: Int) -> (input: [Variable], hidden: [Variable]) {
    (gates(x, inputWeight, inputBias, count: count), gates(h, hiddenWeight, hiddenBias, count: count))
  }
}

/// The new state of long short-term memory, whose output a projection may follow.
private func memory(_ input: [Variable], _ hidden: [Variable], _ c: Variable) -> (output: Variable, c: Variable) {
  let z = zip(input, hidden).map { $0 + $1 }
  let next = sigmoid(z[1]) * c + sigmoid(z[0]) * tanh(z[2])
  return (sigmoid(z[3]) * tanh(next), next)
}

extension RNNCell: DecomposableCell {
  /// Returns the activation of xW + b + hU + b′.
  public func decomposed(_ x: Variable, _ state: [Variable]) -> [Variable] {
    let (input, hidden) = parts(x, state[0], count: 1)
    let z = input[0] + hidden[0]
    return [activation == .tanh ? tanh(z) : relu(z)]
  }
}
extension LSTMCell: DecomposableCell {
  /// Returns the output and the memory: o tanh(c) and c = f c + i g.
  public func decomposed(_ x: Variable, _ state: [Variable]) -> [Variable] {
    let (input, hidden) = parts(x, state[0], count: 4)
    let (output, c) = memory(input, hidden, state[1])
    return [output, c]
  }
}
extension ProjectedLSTMCell: DecomposableCell {
  /// Returns the projected output and the memory: o tanh(c) P and c = f c + i g.
  public func decomposed(_ x: Variable, _ state: [Variable]) -> [Variable] {
    let input = gates(x, inputWeight, inputBias, count: 4)
    let hidden = gates(state[0], hiddenWeight, hiddenBias, count: 4)
    let (output, c) = memory(input, hidden, state[1])
    return [matmul(output, projection.variable), c]
  }
}
extension GRUCell: DecomposableCell {
  /// Returns n + z (h − n) with n = tanh(xW + b + r (hU + b′)).
  public func decomposed(_ x: Variable, _ state: [Variable]) -> [Variable] {
    let (input, hidden) = parts(x, state[0], count: 3)
    let (reset, update) = (sigmoid(input[0] + hidden[0]), sigmoid(input[1] + hidden[1]))
    let candidate = tanh(input[2] + reset * hidden[2])
    return [candidate + update * (state[0] - candidate)]
  }
}

extension Recurrent: DecomposableModule where Cell: DecomposableCell {}
extension Recurrent: DecomposableLayer where Cell: DecomposableCell {
  /// Returns the outputs of all steps or of the last, step by step.
  public func decomposed(_ x: Variable) -> Variable { x.bySequence(outputs) }

  private func outputs(_ x: Variable) -> Variable {
    requireSequences(x)
    let (batch, time) = (x.shape[0], x.shape[1])
    let options = ThroughTime(truncation: truncation)
    var state = cell.initialState(batch: batch, dtype: x.dtype).tensors.map { Variable($0) }
    if !initialState.isEmpty { state = zip(state, initialState).map { $0 + $1.variable } }
    var outputs: [Variable] = []
    for step in 0..<time {
      if options.cuts(before: step) { state = state.map { stopGradient($0) } }
      state = cell.decomposed(x[AxisSelection.all, isReversed ? time - 1 - step : step], state)
      outputs.append(state[0])
    }
    if result == .lastStep { return state[0] }
    if time == 0 { return Variable(Tensor(zeros: [batch, 0, state[0].shape[1]], dtype: x.dtype)) }
    return Variable(stacking: isReversed ? outputs.reversed() : outputs, along: 1)
  }
}
extension Bidirectional: DecomposableModule where Cell: DecomposableCell {}
extension Bidirectional: DecomposableLayer where Cell: DecomposableCell {
  /// Returns the outputs of both directions side by side.
  public func decomposed(_ x: Variable) -> Variable {
    Variable(concatenating: [ahead.decomposed(x), reverse.decomposed(x)], along: -1)
  }
}
extension MaxOverTime: DecomposableLayer {
  /// Returns the largest element over all steps.
  public func decomposed(_ x: Variable) -> Variable {
    x.bySequence {
      requireSequences($0)
      return $0.shape[1] == 0 ? Variable(forward($0.value).0) : $0.maxWithIndices(along: 1).values
    }
  }
}

extension Layer {
  /// Stops the program unless x is [B, T, D].
  fileprivate func requireSequences(_ x: Variable) {
    require(x.shape.rank == 3, "\(self) on variables takes sequences [B, T, D], not shape \(x.shape)")
  }
}
