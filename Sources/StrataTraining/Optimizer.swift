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
///   init(for model: some Layer) { slots = Slots(for: model) { _ in NoState() } }
///   func update(_ value: inout Tensor, along gradient: Tensor, _ state: inout NoState, step: Int) {
///     value -= learningRate * (gradient / abs(gradient))
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

  /// The model's parameters and what is remembered of each.
  var slots: Slots<State> { get set }

  /// Moves one parameter along its gradient. Steps are counted from 1.
  func update(_ value: inout Tensor, along gradient: Tensor, _ state: inout State, step: Int)
}

/// What an optimizer remembers of one parameter: named tensors, so that it can be saved.
public protocol OptimizerState: Sendable {
  var tensors: [String: Tensor] { get set }
}

/// For optimizers that remember nothing.
public struct NoState: OptimizerState {
  public init() {}
  public var tensors: [String: Tensor] {
    get { [:] }
    set {}
  }
}

/// The parameters of a model, each with its path and an optimizer's memory of it.
public struct Slots<State: OptimizerState>: Sendable {
  struct Slot: Sendable {
    let path: String
    let parameter: Parameter
    /// nil only while it is out to be changed in place.
    var state: State?
    var step = 0
  }

  var slots: [Slot]
  private let positions: [ObjectIdentifier: Int]

  /// Finds the model's parameters by a walk over its properties, and tells each its path.
  ///
  /// - Parameters:
  ///   - model: The model to optimize, in the precision in which it will be trained.
  ///   - initialState: What is remembered of a parameter of this value before its first step.
  public init(for model: some Layer, initialState: (Tensor) -> State) {
    let contents = ModelContents(of: model)
    contents.tellPaths()
    slots = contents.parameters.map {
      Slot(path: $0.path, parameter: $0.parameter, state: initialState($0.parameter.value))
    }
    require(!slots.isEmpty, "\(type(of: model)) has no parameters to optimize")
    positions = Dictionary(
      uniqueKeysWithValues: slots.enumerated().map { (ObjectIdentifier($1.parameter), $0) })
  }

  func position(of parameter: Parameter) -> Int? { positions[ObjectIdentifier(parameter)] }
}

extension Optimizer {
  /// One step: moves every parameter that has a gradient, and the statistics that layers observed.
  ///
  /// - Throws: ``NonFiniteGradient`` where a gradient is not finite, before anything has changed.
  public mutating func update(along gradients: consuming Gradients) throws {
    try gradients.requireFinite()
    for parameter in gradients.receivers {
      guard let position = slots.position(of: parameter) else {
        stop(
          "\(parameter.name) received a gradient but is not among the optimizer's parameters; "
            + "hold it in a stored property of the model that the optimizer was made for")
      }
      let gradient = gradients[parameter]!
      slots.slots[position].step += 1
      let step = slots.slots[position].step
      var state = slots.slots[position].state.take()!
      parameter.cell.update { update(&$0, along: gradient, &state, step: step) }
      slots.slots[position].state = state
    }
    gradients.applyObservations()
  }
}
