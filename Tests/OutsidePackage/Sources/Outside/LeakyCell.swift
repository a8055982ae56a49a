import Strata

/// h' = 0.7 h + 0.3 tanh(xW + hU), a cell that runs whole sequences itself: one product for the inputs of all steps, and
/// one for each parameter's gradient.
public struct LeakyCell: RecurrentCell {
  public let w, u: Parameter

  /// The inputs, the history of h, and tanh at each step.
  public struct SequenceCache: Sendable {
    let x, history, a, w, u: Tensor
  }

  public init(_ inputs: Int, _ hidden: Int) {
    w = Parameter(Tensor(normal: [inputs, hidden]))
    u = Parameter(Tensor(normal: [hidden, hidden]))
  }

  public var inputSize: Int { w.shape[0] }
  public var hiddenSize: Int { w.shape[1] }

  /// A step is a sequence of one.
  public func step(_ x: Tensor, _ h: Tensor) -> (Tensor, SequenceCache) {
    let run = unroll(x, SequenceLayout(batch: x.shape[0], time: 1), from: h)
    return (run.last, run.cache)
  }

  public func backward(
    _ dh: Tensor, _ cache: SequenceCache, _ gradients: inout Gradients
  ) -> (dx: Tensor, dState: Tensor) {
    let layout = SequenceLayout(batch: dh.shape[0], time: 1)
    let found = backward(nil, dh, layout, cache, ThroughTime(), &gradients)
    return (found.dx!, found.dInitialState)
  }

  public func unroll(_ x: Tensor, _ layout: SequenceLayout, from state: Tensor) -> (
    history: Tensor, last: Tensor, cache: SequenceCache
  ) {
    let (w, u) = (w.value, u.value)
    let inputs = matmul(x, w)
    var (states, activations) = ([state], [inputs[0..<0]])
    for step in 0..<layout.steps {
      let before = states[step][0..<layout.counts[step]]
      let a = tanh(inputs[layout.rows(ofStep: step)] + matmul(before, u))
      states.append(0.7 * before + 0.3 * a)
      activations.append(a)
    }
    let history = Tensor(concatenating: states)
    let cache = SequenceCache(x: x, history: history, a: Tensor(concatenating: activations), w: w, u: u)
    return (history, layout.lastRows(of: history), cache)
  }

  public func backward(
    _ dy: Tensor?, _ dLast: Tensor, _ layout: SequenceLayout, _ cache: SequenceCache, _ options: ThroughTime,
    _ gradients: inout Gradients
  ) -> SequenceGradient<Tensor> {
    var (dState, dz, norms) = (dLast, [cache.a[0..<0]], [Double]())
    for step in (0..<layout.steps).reversed() {
      let rows = layout.rows(ofStep: step)
      var dh = dState[0..<rows.count]
      if let dy { dh += dy[rows] }
      if options.measuresNorms { norms.append(dh.sumOfSquares.squareRoot()) }
      let (a, ended) = (cache.a[rows], dState[rows.count..<layout.batch])
      dz.append(0.3 * dh * (1 - a * a))
      let before = options.cuts(before: step) ? dh.zeros : 0.7 * dh + matmul(dz.last!, cache.u.transposed)
      dState = Tensor(concatenating: [before, ended])
    }
    let all = Tensor(concatenating: dz.reversed())
    gradients.addProduct(cache.x.transposed, all, to: w)
    gradients.addProduct(layout.rowsBefore(in: cache.history).transposed, all, to: u)
    return SequenceGradient(
      dx: options.wantsInput ? matmul(all, cache.w.transposed) : nil, dInitialState: dState, norms: norms.reversed())
  }
}
