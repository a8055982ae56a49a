import Foundation
import StrataLayers
import StrataTensor

/// L-BFGS: steps along −H g, with an estimate H of the inverse Hessian from the last moves, for losses without noise.
///
/// With g the gradient by all weights w together, s = t d the last move and y the change of g along it:
///
/// - of the last m pairs (s, y), those with yᵀs > 10⁻¹⁰, d = −H g by the two-loop recursion from H₀ = yᵀs / yᵀy; at first
///   d = −g
/// - w ← w + t d, where t satisfies Wolfe's strong conditions, or, without a line search, is η; the first t is η times
///   min(1, 1 / ‖g‖₁)
///
/// ```swift
/// var trainer = Trainer(model, loss: MeanSquaredError(), optimizer: LBFGS(for: model))
/// try trainer.fit(train, epochs: 50, batchSize: train.count)
/// ```
///
/// A step makes up to `iterations` moves, for which it evaluates the loss as often as it needs to, on the same batch and
/// with the same random numbers. ``Optimizer/update(along:)`` has only one gradient and stops the program, and so do
/// `diagnose` and `profile`, which call it. Give it the whole data set as a batch: a move that helps one small batch is no
/// estimate for the next. It remembers 2 m + 2 numbers for each weight. A step has no weight decay and no groups.
///
/// PyTorch's `LBFGS`, whose line search is off unless it is asked for. Liu and Nocedal, "On the Limited Memory BFGS Method
/// for Large Scale Optimization", 1989.
public struct LBFGS: Optimizer {
  /// η, the first length of a line search, or the length of a move without one.
  public var learningRate: Double { didSet { requireOptions() } }
  /// The most moves in a step.
  public let iterations: Int
  /// The most evaluations in a step, after which no further move begins.
  public let evaluations: Int
  /// The largest element of the gradient at which a step ends.
  public let gradientTolerance: Double
  /// The change of the loss, or of the weights, below which a step ends.
  public let changeTolerance: Double
  /// m, how many moves are remembered.
  public let history: Int
  /// Whether the length of a move is searched for.
  public let searchesLine: Bool
  /// The state of each parameter.
  public var slots: Slots<State>

  /// What is remembered of a parameter, and, the same in each, of the run as a whole.
  public struct State: OptimizerState {
    /// d and g of the last move.
    var direction, gradient: Tensor
    /// The last moves and the changes of the gradient along them, the oldest first.
    var moves, changes: Tensor
    /// How many moves have been made, how many of the pairs count, t, H₀.
    var progress: Tensor

    public var tensors: [String: Tensor] {
      get {
        ["direction": direction, "gradient": gradient, "moves": moves, "changes": changes, "progress": progress]
      }
      set {
        (direction, gradient) = (newValue["direction"] ?? direction, newValue["gradient"] ?? gradient)
        (moves, changes) = (newValue["moves"] ?? moves, newValue["changes"] ?? changes)
        progress = newValue["progress"] ?? progress
      }
    }
  }

  /// An optimizer of all parameters of a model.
  public init(
    for model: some Module, learningRate: Double = 1, iterations: Int = 20, evaluations: Int? = nil,
    gradientTolerance: Double = 1e-7, changeTolerance: Double = 1e-9, history: Int = 10, searchesLine: Bool = true
  ) {
    (self.learningRate, self.iterations, self.history) = (learningRate, iterations, history)
    self.evaluations = evaluations ?? iterations * 5 / 4
    (self.gradientTolerance, self.changeTolerance) = (gradientTolerance, changeTolerance)
    self.searchesLine = searchesLine
    require(
      iterations >= 1 && self.evaluations >= 1 && history >= 1,
      "LBFGS: \(iterations) iterations, \(self.evaluations) evaluations and a history of \(history) must be 1 or more")
    slots = Slots(for: model) { value in
      let zeros = Tensor(zeros: value.shape, dtype: value.dtype)
      let pairs = Tensor(zeros: Shape([history] + value.shape.lengths), dtype: value.dtype)
      return State(
        direction: zeros, gradient: zeros, moves: pairs, changes: pairs,
        progress: Tensor(zeros: [4], dtype: .float64))
    }
    requireOptions()
  }

  private func requireOptions() {
    require(
      areNotNegative(learningRate, gradientTolerance, changeTolerance),
      "LBFGS: learningRate \(learningRate), gradientTolerance \(gradientTolerance) and changeTolerance "
        + "\(changeTolerance) must be finite and not negative")
  }

  public func update(_ value: inout Tensor, along gradient: Tensor, _ state: inout State, _ step: UpdateStep) {
    stop(
      "LBFGS: one gradient is not enough for a step; call optimizer.step { model.gradients(at: x) { … } }, or give the "
        + "optimizer to a Trainer")
  }

  @discardableResult
  public mutating func step(
    _ evaluate: () throws -> (loss: Double, gradients: Gradients)
  ) throws -> (loss: Double, gradients: Gradients) {
    var ((loss, first), calls) = try RandomCalls.recording(evaluate)
    if let failure = first.failure { throw failure }
    dropFrozen(from: &first)
    try first.requireFinite()
    let memory = LBFGSMemory(slots)
    let parameters = memory.parameters
    let before = parameters.map(\.value)
    let moved = try withoutActuallyEscaping(evaluate) { evaluate -> LBFGSMemory in
      var run = LBFGSRun(
        options: self, memory: memory, loss: loss, gradient: parameters.map { first[$0] ?? $0.value.zeros }
      ) {
        let (loss, gradients) = try calls.replayed(evaluate)
        return (loss, parameters.map { gradients[$0] ?? $0.value.zeros })
      }
      // Nobody takes a snapshot between two moves.
      return try ModelSnapshot.changes.share {
        do { try run.move() } catch {
          for (parameter, value) in zip(parameters, before) { parameter.value = value }
          throw error
        }
        first.applyObservations()
        return run.memory
      }
    }
    moved.write(to: &slots)
    slots.stepsDone += 1
    return (loss, first)
  }
}
