import StrataLayers
import StrataTensor

/// A rule that moves parameters along their gradients.
///
/// An optimizer's author writes what happens to one parameter:
///
/// ```swift
/// struct SignDescent: Optimizer {
///   var learningRate = 1e-3
///   var slots: Slots<NoState>
///
///   init(for model: some Module) { slots = Slots(for: model) { _ in NoState() } }
///   func update(_ value: inout Tensor, along gradient: Tensor, _ state: inout NoState, _ step: UpdateStep) {
///     value -= step.learningRate * ((gradient .> 0) - (gradient .< 0))
///   }
/// }
/// ```
///
/// and a training loop calls ``update(along:)`` once a step.
public protocol Optimizer: Sendable {
  /// What is remembered of one parameter between steps.
  associatedtype State: OptimizerState

  /// The size of a step.
  var learningRate: Double { get set }

  /// How strongly parameters are drawn to 0. By default 0.
  var weightDecay: Double { get }

  /// The model's parameters and what is remembered of each.
  var slots: Slots<State> { get set }

  /// Moves one parameter along its gradient.
  func update(_ value: inout Tensor, along gradient: Tensor, _ state: inout State, _ step: UpdateStep)

  /// Moves one parameter along a gradient of some of its rows. By default as along the gradient in full.
  ///
  /// An optimizer that leaves weights without a gradient where they are moves the rows alone, at a cost that does not
  /// depend on how many others there are.
  func update(_ value: inout Tensor, alongRows gradient: RowGradient, _ state: inout State, _ step: UpdateStep)

  /// Makes one step by a function that returns the loss and its gradients where the parameters are when it is called.
  ///
  /// By default it is called once, and ``update(along:)`` does the rest. An optimizer that looks around before it moves,
  /// such as ``SAM`` or ``LBFGS``, calls it several times.
  ///
  /// - Returns: The loss before the step, and the gradients along which it went.
  /// - Throws: As ``update(along:)``, and what the function throws; nothing has changed then.
  @discardableResult
  mutating func step(
    _ evaluate: () throws -> (loss: Double, gradients: Gradients)
  ) throws -> (loss: Double, gradients: Gradients)
}

/// The circumstances of one update of one parameter.
public struct UpdateStep: Sendable {
  /// Which update of this parameter it is, from 1.
  public let number: Int

  /// The optimizer's learning rate, or that of the group's schedule, times the rate factor of the parameter's group.
  public let learningRate: Double

  /// The weight decay of the parameter's group, else the optimizer's.
  public let weightDecay: Double

  /// The betas of the parameter's group, nil for the optimizer's.
  public let betas: (Double, Double)?

  /// The momentum of the parameter's group, nil for the optimizer's.
  public let momentum: Double?

  /// The epsilon of the parameter's group, nil for the optimizer's.
  public let epsilon: Double?

  /// An update such as a test of an optimizer makes of a single parameter.
  public init(
    number: Int, learningRate: Double, weightDecay: Double = 0, betas: (Double, Double)? = nil,
    momentum: Double? = nil, epsilon: Double? = nil
  ) {
    require(number >= 1, "UpdateStep: updates count from 1, and this is \(number)")
    (self.number, self.learningRate, self.weightDecay) = (number, learningRate, weightDecay)
    (self.betas, self.momentum, self.epsilon) = (betas, momentum, epsilon)
  }
}

extension Optimizer {
  public var weightDecay: Double { 0 }

  public func update(
    _ value: inout Tensor, alongRows gradient: RowGradient, _ state: inout State, _ step: UpdateStep
  ) { update(&value, along: gradient.tensor, &state, step) }

  @discardableResult
  public mutating func step(
    _ evaluate: () throws -> (loss: Double, gradients: Gradients)
  ) throws -> (loss: Double, gradients: Gradients) {
    let (loss, gradients) = try evaluate()
    try update(along: gradients)
    return (loss, gradients)
  }

  /// How many steps have been made, those before a ``load(_:)`` included: what a ``Schedule`` goes by.
  public var stepsDone: Int { slots.stepsDone }

  /// One step: moves every parameter that has a gradient, and the statistics that layers observed.
  ///
  /// Gradients of frozen parameters are ignored.
  ///
  /// - Throws: ``NonFiniteGradientError`` where a gradient or an observed statistic is not finite, or what a layer's
  ///   backward failed with (`Gradients.fail(_:)`), before anything has changed.
  public mutating func update(along gradients: consuming Gradients) throws {
    if let failure = gradients.failure { throw failure }
    dropFrozen(from: &gradients)
    for (limit, parameters) in slots.clippings { try gradients.clip(norm: limit, on: parameters) }
    try gradients.requireFinite()
    ModelSnapshot.changes.share {
      func moveAll(_ digest: PassDigest?) {
        for parameter in gradients.receivers { move(parameter, along: gradients, digest) }
      }
      if gradients.receivers.contains(where: { $0.box.isDigestWanted }) {
        let digest = PassDigest()
        PassDigest.scope.with(digest) { moveAll(digest) }
      } else {
        moveAll(nil)
      }
      gradients.applyObservations()
    }
    slots.stepsDone += 1
  }

  private mutating func move(_ parameter: Parameter, along gradients: Gradients, _ digest: PassDigest?) {
    let elements = gradients.elements(of: parameter)!
    guard var turn = slots.begin(parameter, along: elements.dtype, learningRate, weightDecay) else {
      require(
        gradients.receivers.contains { slots.position(of: $0) != nil },
        "\(Self.self): the gradients are of another model than the one that the optimizer was made for; make it for this "
          + "one: \(Self.self)(for: model)")
      stop(
        "\(parameter.name) received a gradient but is not among the optimizer's parameters; "
          + "hold it in a stored property of the model that the optimizer was made for")
    }
    parameter.box.updateWithDigest { value in
      let direction = turn.maximizes ? -elements : elements
      if var rows = gradients.rows(of: parameter) {
        rows.rows = direction
        update(&value, alongRows: rows, &turn.state, turn.step)
      } else {
        update(&value, along: direction, &turn.state, turn.step)
      }
      if let limit = turn.weightLimit { value = limit.limited(value) }
      return digest?.take(of: value)
    }
    slots.end(turn)
  }

  /// Takes the gradients of frozen parameters out, so that a clipping by norm after it does not count them.
  public func dropFrozen(from gradients: inout Gradients) {
    if !slots.frozen.isEmpty { gradients.remove { slots.frozen.contains(ObjectIdentifier($0)) } }
  }
}
