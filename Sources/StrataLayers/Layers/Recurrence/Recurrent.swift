import StrataTensor

/// A cell run over time: s_t = cell(x_t, s_{t−1}) for t = 1 … T, whose outputs are h_t.
///
/// ```swift
/// let model = Sequential {
///   Recurrent(LSTMCell(28, 128))                            // [B, T, 28] to [B, T, 128]
///   Dropout(0.2)
///   Recurrent(LSTMCell(128, 128), returning: .lastStep)     // to [B, 128]
///   Linear(128, 10)
/// }
/// ```
///
/// - Shapes: x is [B, T, in]; y is [B, T, hidden], or [B, hidden] for the last step alone.
///
/// As a layer it starts from the cell's initial state and runs over the full length; in a ``PackedSequential`` over that
/// of each sequence. With `learnsInitialState` that state is learnt, one for all sequences, from the cell's on; with
/// ``unroll(_:lengths:from:)`` it is given. A sequence of no steps ends in the state that it started from.
///
/// # Backward
/// L depends on s_t through h_t and through s_{t+1}, so from last to first dL/ds_t = (dy_t, 0) + dL/ds_{t+1} ·
/// ∂s_{t+1}/∂s_t, where the product is the cell's backward, which adds the parameters' gradients of each step. A
/// `truncation` of k steps cuts this: at the steps k, 2k, … the state is carried on, but no gradient passes, as if the
/// sequence had been fed in pieces of k. One of T or more changes nothing. What reaches a learnt initial state is the
/// sum over the batch. The cache is what the cell keeps of all steps.
///
/// Werbos, "Backpropagation Through Time: What It Does and How to Do It", 1990; for truncation, Williams and
/// Peng, "An Efficient Gradient-Based Algorithm for On-Line Training of Recurrent Network Trajectories",
/// 1990.
///
/// PyTorch's recurrent layers have the time first: see the article "Differences from PyTorch".
public struct Recurrent<Cell: RecurrentCell>: Layer, CustomStringConvertible {
  /// What the layer makes of the outputs.
  public enum Result: Sendable {
    /// The outputs of all steps, [B, T, hidden].
    case sequence
    /// The last output of each sequence, [B, hidden].
    case lastStep
  }

  /// What is applied at each time step.
  public let cell: Cell
  /// Which hidden states are the output.
  public let result: Result

  /// The steps after which backpropagation through time is truncated; nil for no limit.
  public let truncation: Int?

  /// Whether the cell reads each sequence from its last step to its first.
  public let isReversed: Bool

  /// The tensors of the initial state, without the batch axis, where it is learnt; else none.
  public let initialState: [Parameter]

  /// What the cell keeps of the sequences, and how their steps lie.
  public struct Cache: Sendable {
    // Taken out by backward, so that the cell holds its tensors alone and can work in their memory.
    var sequence: Cell.SequenceCache?
    let layout: SequenceLayout
    let dtype: DType
    /// Whether the state that it started from was given.
    let isGiven: Bool
  }

  /// The results of ``unroll(_:lengths:from:)``.
  public struct Unrolled: Sendable {
    /// The outputs of all steps, [B, T, hidden], with 0 beyond a sequence's end.
    public let outputs: Tensor
    /// Each sequence's state after its own last step.
    public let lastState: Cell.State
    public var cache: Cache
  }

  /// A layer of this cell.
  ///
  /// - Parameters:
  ///   - cell: What is applied at each time step.
  ///   - result: Which hidden states are the output.
  ///   - truncation: The steps after which backpropagation through time is truncated; nil for no limit.
  ///   - isReversed: Whether the cell reads each sequence from its last step to its first.
  ///   - learnsInitialState: Whether the state that sequences start from is learnt.
  public init(
    _ cell: Cell, returning result: Result = .sequence, truncation: Int? = nil, isReversed: Bool = false,
    learnsInitialState: Bool = false
  ) {
    _ = ThroughTime(truncation: truncation)  // checks it
    self.cell = cell
    self.result = result
    self.truncation = truncation
    self.isReversed = isReversed
    let learnt = learnsInitialState ? cell.initialState(batch: 1, dtype: .float32).tensors : []
    initialState = learnt.map { Parameter($0[0]) }
  }

  public func forward(_ x: consuming Tensor) -> (Tensor, Cache) {
    let (last, history, cache) = run(x, layout(of: x.shape), nil)
    let layout = cache.layout
    LayerObservation.reader?.didUnroll(
      self, at: Place.currentPath, states: layout.states(in: layout.unpack(history, from: layout.batch)))
    switch result {
    case .sequence: return (layout.unpack(history, from: layout.batch), cache)
    case .lastStep: return (layout.unsorted(last.tensors[0]), cache)
    }
  }

  public func backward(_ dy: consuming Tensor, _ cache: consuming Cache, _ gradients: inout Gradients) -> Tensor {
    propagate(dy, &cache, wantsInput: true, &gradients)!
  }

  public func accumulate(_ dy: consuming Tensor, _ cache: consuming Cache, _ gradients: inout Gradients) {
    _ = propagate(dy, &cache, wantsInput: false, &gradients)
  }

  /// Runs from a given state over sequences of unequal lengths, in any order; each comes out as if it had run
  /// alone.
  ///
  /// - Parameters:
  ///   - x: [B, T, in]; what lies beyond a sequence's end is not read.
  ///   - lengths: The steps of each sequence, in 0...T; nil for T.
  ///   - state: What the sequences start from; nil for the layer's initial state.
  public func unroll(_ x: Tensor, lengths: [Int]? = nil, from state: Cell.State? = nil) -> Unrolled {
    if x.rank != 3 || x.shape[2] != cell.inputSize { requireInput(x.shape) }
    let layout = SequenceLayout(batch: x.shape[0], time: x.shape[1], lengths: lengths).reversed(isReversed)
    let (last, history, cache) = run(x, layout, state)
    return Unrolled(
      outputs: layout.unpack(history, from: layout.batch), lastState: last.mapped(layout.unsorted), cache: cache)
  }

  /// The backward of ``unroll(_:lengths:from:)``: adds the parameters' gradients.
  ///
  /// - Parameters:
  ///   - dOutputs: dL by the outputs, not read beyond a sequence's end; nil for zeros.
  ///   - dLastState: dL by the last states, besides what reaches them as outputs; nil for zeros.
  ///   - cache: What the forward returned.
  ///   - gradients: Where the parameters' gradients are added.
  ///   - measuringNorms: Whether to note the norm of dL/ds_t for each step.
  public func backward(
    outputs dOutputs: Tensor? = nil, lastState dLastState: Cell.State? = nil, _ cache: consuming Cache,
    _ gradients: inout Gradients, measuringNorms: Bool = false
  ) -> SequenceGradient<Cell.State> {
    let options = ThroughTime(truncation: truncation, measuresNorms: measuringNorms)
    let layout = cache.layout
    var result = propagate(dOutputs, dLastState ?? zeroState(for: cache), &cache, options, &gradients)
    result.dx = layout.unpack(result.dx!)
    result.dInitialState = result.dInitialState.mapped(layout.unsorted)
    return result
  }

  public func callAsFunction(_ x: consuming Tensor) -> Tensor {
    let input = copy x
    let carried = CarriedState.updating(Cell.State?.none) { state in
      require(!isReversed, "\(self) with carried state: it reads the last step first; let it read forwards")
      let unrolled = unroll(input, from: state)
      state = unrolled.lastState
      return result == .sequence ? unrolled.outputs : unrolled.lastState.tensors[0]
    }
    return carried ?? Inference.running { forward(input).0 }
  }

  public func outputShape(for input: Shape) throws -> Shape {
    let layout = SequenceLayout(of: input)
    func output(_ layout: SequenceLayout) -> Shape {
      result == .sequence ? input.withTrailing(cell.hiddenSize) : [layout.batch, cell.hiddenSize]
    }
    guard let layout, takes(input) else {
      let remedy =
        layout == nil
        ? "give it a batch of sequences of rows of \(cell.inputSize) numbers"
        : "make its input size the last axis of what comes before, and give it a step of time at least"
      throw ShapeError(
        description, expected: SequenceLayout.expectedInput("\(cell.inputSize)"), input: input, remedy: remedy,
        assumedOutput: layout.map(output))
    }
    return output(layout)
  }

  public var description: String {
    "Recurrent(\(cell)" + (result == .lastStep ? ", returning: .lastStep" : "")
      + (truncation.map { ", truncation: \($0)" } ?? "") + (isReversed ? ", isReversed: true" : "")
      + (initialState.isEmpty ? ")" : ", learnsInitialState: true)")
  }

  /// The layout of an input of this shape, which must be one that the layer takes.
  private func layout(of shape: Shape) -> SequenceLayout {
    let layout = SequenceLayout(of: shape)
    if layout == nil || !takes(shape) { requireInput(shape) }
    return layout!.reversed(isReversed)
  }

  /// Whether the rows of a batch of sequences fit the cell, and there is one.
  private func takes(_ shape: Shape) -> Bool { shape[-1] == cell.inputSize && (shape.rank < 3 || shape[1] > 0) }

  private func run(
    _ x: consuming Tensor, _ layout: SequenceLayout, _ state: Cell.State?
  ) -> (last: Cell.State, history: Tensor, cache: Cache) {
    let dtype = x.dtype
    var initial = cell.initialState(batch: layout.batch, dtype: dtype)
    if !initialState.isEmpty {
      initial.tensors = zip(initial.tensors, initialState).map { $1.value.broadcast(to: $0.shape) }
    }
    if let state { requireState(state, like: initial, "an initial state") }
    let run = cell.unroll(layout.pack(x), layout, from: (state ?? initial).mapped(layout.sorted))
    return (run.last, run.history, Cache(sequence: run.cache, layout: layout, dtype: dtype, isGiven: state != nil))
  }

  /// The layer's backward.
  private func propagate(
    _ dy: borrowing Tensor, _ cache: inout Cache, wantsInput: Bool, _ gradients: inout Gradients
  ) -> Tensor? {
    let (layout, observer) = (cache.layout, LayerObservation.reader)
    let options = ThroughTime(truncation: truncation, wantsInput: wantsInput, measuresNorms: observer != nil)
    var dLast = zeroState(for: cache)
    if result == .lastStep { dLast.tensors[0] = copy dy }
    let carried = observer.map { _ in carriedNorms(of: dy, cache) }
    let found = propagate(result == .sequence ? copy dy : nil, dLast, &cache, options, &gradients)
    observer?.didReverseTime(self, at: Place.currentPath, norms: found.norms, carried: carried ?? [])
    return found.dx.map { layout.unpack($0) }
  }

  /// ‖∂s_T/∂s_t · dL/dh_T‖ for each step t: what of a gradient at the last step alone reaches the steps before
  /// it. A sequence's gradient enters at every step, so its sum over time stands for that of the last.
  private func carriedNorms(of dy: borrowing Tensor, _ cache: borrowing Cache) -> [Double] {
    var (dLast, unused) = (zeroState(for: cache), Gradients())
    dLast.tensors[0] = result == .sequence ? cache.layout.sumOverTime(copy dy) : copy dy
    let options = ThroughTime(wantsInput: false, measuresNorms: true)
    return cell.backward(nil, dLast.mapped(cache.layout.sorted), cache.layout, cache.sequence!, options, &unused).norms
  }

  private func propagate(
    _ dOutputs: Tensor?, _ dLastState: Cell.State, _ cache: inout Cache, _ options: ThroughTime,
    _ gradients: inout Gradients
  ) -> SequenceGradient<Cell.State> {
    let layout = cache.layout
    requireState(dLastState, like: zeroState(for: cache), "dL by the last state")
    if let dOutputs {
      requireTensor(dOutputs, layout.outsideShape([cell.hiddenSize]), cache.dtype, "dL by the outputs")
    }
    let found = cell.backward(
      dOutputs.map(layout.pack), dLastState.mapped(layout.sorted), layout, cache.sequence.take()!, options,
      &gradients)
    if !cache.isGiven {
      for (parameter, d) in zip(initialState, found.dInitialState.tensors) {
        gradients.add(d.sum(along: 0), to: parameter)
      }
    }
    return found
  }

  private func zeroState(for cache: borrowing Cache) -> Cell.State {
    cell.initialState(batch: cache.layout.batch, dtype: cache.dtype)
      .mapped { Tensor(zeros: $0.shape, dtype: $0.dtype) }
  }

  private func requireState(_ state: Cell.State, like expected: Cell.State, _ what: String) {
    for (tensor, model) in zip(state.tensors, expected.tensors) {
      requireTensor(tensor, model.shape, model.dtype, what)
    }
  }

  private func requireTensor(_ tensor: Tensor, _ shape: Shape, _ dtype: DType, _ what: String) {
    require(
      tensor.shape == shape && tensor.dtype == dtype,
      "\(self): \(what) must be \(dtype) of shape \(shape), not \(tensor.dtype) of \(tensor.shape)")
  }
}
