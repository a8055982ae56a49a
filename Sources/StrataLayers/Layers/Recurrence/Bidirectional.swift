import StrataTensor

/// Two cells over the same sequences, one from the first step to the last and one from the last to the first:
/// y_t = (h→_t, h←_t), side by side.
///
/// ```swift
/// Bidirectional(LSTMCell(28, 64), LSTMCell(28, 64))      // [B, T, 28] to [B, T, 128]
/// ```
///
/// - Shapes: x is [B, T, in]; y is [B, T, 2 · hidden]. Returning the last step, y is [B, 2 · hidden]: each cell's
///   output when it has read the whole sequence, which for the second one is at the first step.
///
/// In a ``PackedSequential``, and with lengths in ``unroll(_:lengths:from:)``, the second cell reads each sequence from
/// its own end.
///
/// # Backward
/// dy is split into the parts of the two, and dx is the sum of what both give. The cache is theirs.
///
/// Schuster and Paliwal, "Bidirectional Recurrent Neural Networks", 1997.
public struct Bidirectional<Cell: RecurrentCell>: Layer, CustomStringConvertible {
  /// What reads the sequence from its first step.
  public let ahead: Recurrent<Cell>
  /// What reads it from its last.
  public let reverse: Recurrent<Cell>

  /// The caches of both directions.
  public struct Cache: Sendable {
    let ahead: Recurrent<Cell>.Cache
    let reverse: Recurrent<Cell>.Cache
  }

  /// A state of each direction.
  public typealias States = Pair<Cell.State, Cell.State>

  /// The results of ``unroll(_:lengths:from:)``.
  public struct Unrolled: Sendable {
    /// The outputs of all steps, [B, T, 2 · hidden], with 0 beyond a sequence's end.
    public let outputs: Tensor
    /// The state of each direction when it has read the whole sequence.
    public let lastStates: States
    public var cache: Cache
  }

  /// A layer of two cells, which may differ in size; the same cell twice ties the directions.
  public init(
    _ ahead: Cell, _ reverse: Cell, returning result: Recurrent<Cell>.Result = .sequence, truncation: Int? = nil,
    learnsInitialState: Bool = false
  ) {
    require(
      ahead.inputSize == reverse.inputSize,
      "Bidirectional: both cells read the same input, but \(ahead) and \(reverse) differ in input size")
    self.ahead = Recurrent(
      ahead, returning: result, truncation: truncation, learnsInitialState: learnsInitialState)
    self.reverse = Recurrent(
      reverse, returning: result, truncation: truncation, isReversed: true, learnsInitialState: learnsInitialState)
  }

  public func forward(_ x: consuming Tensor) -> (Tensor, Cache) {
    let (past, aheadCache) = ahead.forward(copy x)
    let (future, reverseCache) = reverse.forward(x)
    return (Tensor(concatenating: [past, future], along: -1), Cache(ahead: aheadCache, reverse: reverseCache))
  }

  public func backward(_ dy: consuming Tensor, _ cache: consuming Cache, _ gradients: inout Gradients) -> Tensor {
    let (past, future) = split(dy)
    return ahead.backward(past, cache.ahead, &gradients) + reverse.backward(future, cache.reverse, &gradients)
  }

  public func accumulate(_ dy: consuming Tensor, _ cache: consuming Cache, _ gradients: inout Gradients) {
    let (past, future) = split(dy)
    ahead.accumulate(past, cache.ahead, &gradients)
    reverse.accumulate(future, cache.reverse, &gradients)
  }

  /// Runs from given states over sequences of unequal lengths, in any order; each comes out as if it had run alone.
  ///
  /// - Parameters:
  ///   - x: [B, T, in]; what lies beyond a sequence's end is not read.
  ///   - lengths: The steps of each sequence, in 0...T; nil for T.
  ///   - states: What each direction starts from; nil for the initial states.
  public func unroll(_ x: Tensor, lengths: [Int]? = nil, from states: States? = nil) -> Unrolled {
    let past = ahead.unroll(x, lengths: lengths, from: states?.first)
    let future = reverse.unroll(x, lengths: lengths, from: states?.second)
    return Unrolled(
      outputs: Tensor(concatenating: [past.outputs, future.outputs], along: -1),
      lastStates: Pair(past.lastState, future.lastState), cache: Cache(ahead: past.cache, reverse: future.cache))
  }

  /// The backward of ``unroll(_:lengths:from:)``: adds the parameters' gradients.
  ///
  /// - Parameters:
  ///   - dOutputs: dL by the outputs, not read beyond a sequence's end; nil for zeros.
  ///   - dLastStates: dL by the last states, besides what reaches them as outputs; nil for zeros.
  ///   - cache: What the forward returned.
  ///   - gradients: Where the parameters' gradients are added.
  /// - Returns: dL by x, and by the states that the directions started from.
  public func backward(
    outputs dOutputs: Tensor? = nil, lastStates dLastStates: States? = nil, _ cache: consuming Cache,
    _ gradients: inout Gradients
  ) -> (dx: Tensor, dInitialStates: States) {
    let parts = dOutputs.map { split($0) }
    let past = ahead.backward(outputs: parts?.0, lastState: dLastStates?.first, cache.ahead, &gradients)
    let future = reverse.backward(outputs: parts?.1, lastState: dLastStates?.second, cache.reverse, &gradients)
    return (past.dx! + future.dx!, Pair(past.dInitialState, future.dInitialState))
  }

  public func callAsFunction(_ x: consuming Tensor) -> Tensor {
    let past = ahead(copy x)
    return Tensor(concatenating: [past, reverse(x)], along: -1)
  }

  public func outputShape(for input: Shape) throws -> Shape {
    func widened(_ shape: Shape) -> Shape {
      shape.withTrailing(ahead.cell.hiddenSize + reverse.cell.hiddenSize)
    }
    do {
      return widened(try ahead.outputShape(for: input))
    } catch let error as ShapeError {
      throw ShapeError(error.prefixed("ahead"), assumedOutput: error.assumedOutput.map(widened))
    }
  }

  public var description: String {
    "Bidirectional(\(ahead.cell), \(reverse.cell)\(ahead.result == .lastStep ? ", returning: .lastStep" : "")"
      + (ahead.initialState.isEmpty ? ")" : ", learnsInitialState: true)")
  }

  private func split(_ dy: consuming Tensor) -> (Tensor, Tensor) {
    let parts = dy.split([ahead.cell.hiddenSize, reverse.cell.hiddenSize], along: -1)
    return (parts[0], parts[1])
  }
}
