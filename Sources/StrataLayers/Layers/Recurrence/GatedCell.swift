import StrataTensor

/// What the cells that come with Strata share: gates z = xW + b + hU + b', and a vector loop that makes of
/// them and of the state before the state after. All but that loop is written here, once; the loops are in
/// `Recurrent.c` of CStrataKernels, each under the name of its ``kernel``.
///
/// The input product xW and the gradients of W, U and both biases are one operation each for the whole
/// sequence. Only hU waits for the step before. Sequences do not wait for each other: workers
/// take some of them each and run over all steps without meeting.
package protocol GatedCell: RecurrentCell where StepCache == GatedCache, SequenceCache == GatedCache {
  /// W, [inputSize, gates · hiddenSize].
  var inputWeight: Parameter { get }
  /// U, [hiddenSize, gates · hiddenSize].
  var hiddenWeight: Parameter { get }
  /// b and b', each [gates · hiddenSize], or none of both.
  var inputBias: Parameter? { get }
  var hiddenBias: Parameter? { get }
  /// The vector loop.
  var kernel: StepKernel { get }
}

extension GatedCell {
  public var inputSize: Int { inputWeight.shape[0] }
  public var hiddenSize: Int { hiddenWeight.shape[0] }

  /// Whether hU + b' stays apart from xW + b, and the state before reaches the one after by itself too: a GRU.
  private var isSplit: Bool { kernel == .gru }

  /// A step is a sequence of one.
  public func step(_ x: Tensor, _ state: State) -> (State, GatedCache) {
    let run = unroll(x, SequenceLayout(batch: x.shape[0], time: 1), from: state)
    return (run.last, run.cache)
  }

  public func backward(
    _ dState: State, _ cache: consuming GatedCache, _ gradients: inout Gradients
  ) -> (dx: Tensor, dState: State) {
    let layout = SequenceLayout(batch: dState.tensors[0].shape[0], time: 1)
    let result = backward(nil, dState, layout, cache, ThroughTime(), &gradients)
    return (result.dx!, result.dInitialState)
  }

  public func unroll(_ x: Tensor, _ layout: SequenceLayout, from state: State) -> (
    history: Tensor, last: State, cache: GatedCache
  ) {
    let (weight, bias) = (inputWeight.value, hiddenBias?.value)
    let added = inputBias.map { isSplit ? $0.value : $0.value + bias! }
    var cache = GatedCache(
      x: x, z: added.map { matmul(x, weight, adding: $0) } ?? matmul(x, weight), zh: nil,
      history: state.tensors.map {
        Tensor(uninitialized: $0.shape.withLeading(layout.batch + layout.rowCount), dtype: $0.dtype)
      }, inputWeight: weight, hiddenWeight: hiddenWeight.value)
    if isSplit { cache.zh = Tensor(uninitialized: cache.z.shape, dtype: x.dtype) }
    for (history, initial) in zip(cache.history, state.tensors) {
      history.storage.bytes.copyMemory(from: initial.storage.bytes, byteCount: initial.byteCount)
    }
    x.dtype.withLoops(for: "\(self)") { run($0, cache, bias, layout) }
    var last = state
    last.tensors = cache.history.map(layout.lastRows)
    return (cache.history[0], last, cache)
  }

  private func run<T: KernelScalar>(
    _: T.Type, _ cache: GatedCache, _ hiddenBias: Tensor?, _ layout: SequenceLayout
  ) {
    let (hidden, width, loop) = (hiddenSize, cache.z.shape[1], T.step(kernel).forward)
    let (u, bias) = (cache.hiddenWeight.pointer(T.self), hiddenBias?.pointer(T.self))
    WorkMeter.count(multiplyAdds: layout.rowCount * hidden * width)
    let isSplit = isSplit
    eachStep(of: cache, layout, fromLast: false) { (step: GateStep<T>) in
      T.gemm(
        false, false, step.count, width, hidden, step.hBefore, hidden, u, width, adds: !isSplit,
        bias: isSplit ? bias : nil, step.zh, width)
      step.run(loop)
    }
  }

  public func backward(
    _ dy: Tensor?, _ dLast: State, _ layout: SequenceLayout, _ cache: consuming GatedCache,
    _ options: ThroughTime, _ gradients: inout Gradients
  ) -> SequenceGradient<State> {
    var carried = dLast.tensors
    let dtype = cache.z.dtype
    let norms = dtype.withLoops(for: "\(self)") { run($0, &cache, dy, &carried, layout, options) }
    let (dz, dzh) = (cache.z, cache.zh ?? cache.z)
    gradients.addProduct(cache.x.transposed, dz, to: inputWeight)
    gradients.addProduct(layout.rowsBefore(in: cache.history[0]).transposed, dzh, to: hiddenWeight)
    if let inputBias { gradients.addColumnSums(of: dz, to: inputBias) }
    if let hiddenBias { gradients.addColumnSums(of: dzh, to: hiddenBias) }
    var dInitial = dLast
    dInitial.tensors = carried
    return SequenceGradient(
      dx: options.wantsInput ? matmul(dz, cache.inputWeight.transposed) : nil, dInitialState: dInitial,
      norms: norms)
  }

  /// Writes dL/dz over the gates and turns dL by the last states into dL by the initial ones; returns the
  /// norms of dL by the states between where they are asked for.
  private func run<T: KernelScalar>(
    _: T.Type, _ cache: inout GatedCache, _ dy: Tensor?, _ carried: inout [Tensor], _ layout: SequenceLayout,
    _ options: ThroughTime
  ) -> [Double] {
    let (hidden, width, isSplit, loop) = (hiddenSize, cache.z.shape[1], isSplit, T.step(kernel).backward)
    _ = cache.z.uniqueMutablePointer(T.self)
    _ = cache.zh?.uniqueMutablePointer(T.self)
    // Transposed once for all steps, whose products would each do so in part.
    let transposed = cache.hiddenWeight.transposed.tensor
    let (u, dy) = (transposed.pointer(T.self), dy?.pointer(T.self))
    let d = carried.indices.map { carried[$0].uniqueMutablePointer(T.self) }
    // Sums of squares by sequence, of which the first of a block stands for all of it, and by step.
    let squares = Tensor(zeros: [options.measuresNorms ? layout.batch : 0, layout.steps], dtype: .float64)
    let sums = squares.mutablePointer(Double.self)
    eachStep(of: cache, layout, fromLast: true) { (step: GateStep<T>) in
      var step = step
      let state = d.map { $0 + step.first * hidden }
      (step.dh, step.dc) = (state[0], state[state.count - 1])
      step.dy = dy.map { $0 + step.row * hidden }
      if options.measuresNorms {
        sums[step.first * layout.steps + step.step] = sumOfSquares(state, step.dy, step.count * hidden)
      }
      step.run(loop)
      if options.cuts(before: step.step) {
        for part in state { part.update(repeating: 0, count: step.count * hidden) }
      } else {
        T.gemm(
          false, false, step.count, hidden, width, step.zh, width, u, hidden, adds: isSplit, bias: nil, state[0],
          hidden)
      }
    }
    withExtendedLifetime(transposed) {}
    return options.measuresNorms ? sqrt(squares.sum(along: 0)).elements() : []
  }

  /// Σ of the squares of dL by a state, whose first tensor has dy yet to come.
  private func sumOfSquares<T: KernelScalar>(
    _ state: [UnsafeMutablePointer<T>], _ dy: UnsafePointer<T>?, _ count: Int
  ) -> Double {
    var sum = 0.0
    for (index, part) in state.enumerated() {
      for i in 0..<count {
        let value = part[i].asDouble + (index == 0 ? dy?[i].asDouble ?? 0 : 0)
        sum += value * value
      }
    }
    return sum
  }

  /// Gives `body` each step of each block of sequences, a block's steps in order. Workers take blocks.
  private func eachStep<T: KernelScalar>(
    of cache: GatedCache, _ layout: SequenceLayout, fromLast: Bool, _ body: (GateStep<T>) -> Void
  ) {
    let (hidden, width, steps) = (hiddenSize, cache.z.shape[1], layout.steps)
    let (z, zh) = (cache.z.mutablePointer(T.self), (cache.zh ?? cache.z).mutablePointer(T.self))
    let history = cache.history.map { $0.mutablePointer(T.self) }
    let (h, c) = (history[0], history[history.count - 1])
    // Each block reads the whole weight at every step, so it takes more than a few sequences.
    let grain = 16
    parallel(over: layout.batch, grain: grain) { sequences in
      for index in 0..<steps {
        let (step, first) = (fromLast ? steps - 1 - index : index, sequences.lowerBound)
        let count = min(sequences.upperBound, layout.counts[step]) - first
        if count <= 0 { continue }
        let (before, after) = (layout.starts[step] + first, layout.starts[step + 1] + first)
        let row = after - layout.batch
        body(
          GateStep(
            step: step, first: first, count: count, row: row, hidden: hidden, z: z + row * width, zh: zh + row * width,
            hBefore: h + before * hidden, cBefore: c + before * hidden, h: h + after * hidden,
            c: c + after * hidden))
      }
    }
  }
}

/// Fresh parameters of a built-in cell.
func gateParameters(_ inputs: Int, _ hidden: Int, gates: Int, bias: Bool, _ name: String) -> (
  inputWeight: Parameter, hiddenWeight: Parameter, inputBias: Parameter?, hiddenBias: Parameter?
) {
  require(inputs > 0 && hidden > 0, "\(name)(\(inputs), \(hidden)): both sizes must be positive")
  let width = Shape([gates, hidden]).count
  func parameter(_ shape: Shape) -> Parameter { gateParameter(shape, hidden: hidden) }
  let weights = (parameter([inputs, width]), parameter([hidden, width]))
  return (weights.0, weights.1, bias ? parameter([width]) : nil, bias ? parameter([width]) : nil)
}

/// A fresh parameter of a built-in cell, uniform in ±1/√hidden, as PyTorch has them.
func gateParameter(_ shape: Shape, hidden: Int) -> Parameter {
  let bound = 1 / Double(hidden).squareRoot()
  return Parameter(Initializer.uniform(in: -bound..<bound).tensor(shape, fanIn: shape[0], fanOut: shape[-1]))
}
