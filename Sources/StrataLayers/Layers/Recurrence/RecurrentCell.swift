import StrataTensor

/// One time step with explicit state: (x_t, s_{t−1}) ↦ s_t, and its backward.
///
/// ``Recurrent`` runs any cell over time. Your own cell defines the step:
///
/// ```swift
/// struct LeakyCell: RecurrentCell {             // h' = 0.7 h + 0.3 tanh(xW + hU)
///   let w: Parameter, u: Parameter
///   var inputSize: Int { w.shape[0] }
///   var hiddenSize: Int { w.shape[1] }
///   struct StepCache { let x, h, a, w, u: Tensor }
///
///   func step(_ x: Tensor, _ h: Tensor) -> (Tensor, StepCache) {
///     let (w, u) = (w.value, u.value)
///     let a = tanh(matmul(x, w) + matmul(h, u))
///     return (0.7 * h + 0.3 * a, StepCache(x: x, h: h, a: a, w: w, u: u))
///   }
///
///   func backward(
///     _ dh: Tensor, _ c: StepCache, _ gradients: inout Gradients
///   ) -> (dx: Tensor, dState: Tensor) {
///     let dz = 0.3 * dh * (1 - c.a * c.a)
///     gradients.addProduct(c.x.transposed, dz, to: w)
///     gradients.addProduct(c.h.transposed, dz, to: u)
///     return (matmul(dz, c.w.transposed), 0.7 * dh + matmul(dz, c.u.transposed))
///   }
/// }
/// ```
///
/// The last two requirements run a whole sequence and have default implementations that loop over `step`; the
/// cells that come with Strata implement them with one matrix product for all steps.
public protocol RecurrentCell: Sendable {
  /// What a step hands to the next: its `tensors` are each [B, …], the first one [B,
  /// hiddenSize].
  associatedtype State: TensorGroup

  /// What the backward of one step needs.
  associatedtype StepCache: Sendable

  /// What the backward of a whole sequence needs; by default the caches of its steps.
  associatedtype SequenceCache: Sendable = [StepCache]

  /// The features of x_t.
  var inputSize: Int { get }

  /// The features of the output h_t.
  var hiddenSize: Int { get }

  /// Returns the state that sequences start from where none is given: by default zeros, where the state is one tensor.
  func initialState(batch: Int, dtype: DType) -> State

  /// One step: x is [B, inputSize].
  func step(_ x: Tensor, _ state: State) -> (State, StepCache)

  /// The vector-Jacobian product of one step: given dL by the state after it, adds the gradients of the
  /// parameters and returns dL by x and by the state before it.
  func backward(
    _ dState: State, _ cache: consuming StepCache, _ gradients: inout Gradients
  ) -> (dx: Tensor, dState: State)

  /// All steps of a batch whose rows lie as the layout says.
  ///
  /// - Parameters:
  ///   - x: [rowCount, inputSize].
  ///   - layout: Which rows belong to which step and sequence.
  ///   - state: One row a sequence, in the layout's order.
  /// - Returns: The history of h, the initial one first, [batch + rowCount, hiddenSize]; each sequence's last
  ///   state, in the layout's order; and the cache.
  func unroll(_ x: Tensor, _ layout: SequenceLayout, from state: State) -> (
    history: Tensor, last: State, cache: SequenceCache
  )

  /// The backward of ``unroll(_:_:from:)``.
  ///
  /// - Parameters:
  ///   - dy: dL by the h after each step, [rowCount, hiddenSize], or nil for zeros.
  ///   - dLast: dL by each sequence's last state, in the layout's order.
  ///   - layout: That of the forward.
  ///   - cache: What the forward returned.
  ///   - options: What else is asked for.
  ///   - gradients: Where the parameters' gradients are added.
  func backward(
    _ dy: Tensor?, _ dLast: State, _ layout: SequenceLayout, _ cache: consuming SequenceCache,
    _ options: ThroughTime, _ gradients: inout Gradients
  ) -> SequenceGradient<State>
}

extension RecurrentCell where State == Tensor {
  public func initialState(batch: Int, dtype: DType) -> Tensor {
    Tensor(zeros: [batch, hiddenSize], dtype: dtype)
  }
}

extension RecurrentCell where SequenceCache == [StepCache] {
  public func unroll(_ x: Tensor, _ layout: SequenceLayout, from state: State) -> (
    history: Tensor, last: State, cache: [StepCache]
  ) {
    var (running, ended) = (state, State?.none)
    var outputs = [state.tensors[0]]
    var caches: [StepCache] = []
    for step in 0..<layout.steps {
      let count = layout.counts[step]
      let before = running.tensors[0].shape[0]
      if count < before {
        let rest = running.rows(count..<before)
        ended = ended.map { rest.followed(by: [$0]) } ?? rest
        running = running.rows(0..<count)
      }
      let (next, cache) = self.step(x[layout.rows(ofStep: step)], running)
      running = next
      outputs.append(next.tensors[0])
      caches.append(cache)
    }
    return (Tensor(concatenating: outputs), ended.map { running.followed(by: [$0]) } ?? running, caches)
  }

  public func backward(
    _ dy: Tensor?, _ dLast: State, _ layout: SequenceLayout, _ cache: consuming [StepCache],
    _ options: ThroughTime, _ gradients: inout Gradients
  ) -> SequenceGradient<State> {
    var dState = dLast
    var dx: [Tensor] = []
    var norms: [Double] = []
    for step in (0..<layout.steps).reversed() {
      // Sequences that ended before keep dL by their last state until the loop reaches it.
      let (count, batch) = (layout.counts[step], layout.batch)
      var running = dState.rows(0..<count)
      if let dy { running.tensors[0] += dy[layout.rows(ofStep: step)] }
      if options.measuresNorms { norms.append(running.norm) }
      var (dxStep, before) = backward(running, cache.removeLast(), &gradients)
      if options.wantsInput { dx.append(dxStep) }
      if options.cuts(before: step) { before = before.mapped { Tensor(zeros: $0.shape, dtype: $0.dtype) } }
      dState = count < batch ? before.followed(by: [dState.rows(count..<batch)]) : before
    }
    // With no step there is no row, which tells the width.
    if layout.steps == 0 { dx = [Tensor(zeros: [0, inputSize], dtype: dLast.tensors[0].dtype)] }
    return SequenceGradient(
      dx: options.wantsInput ? Tensor(concatenating: dx.reversed()) : nil, dInitialState: dState,
      norms: norms.reversed())
  }
}
