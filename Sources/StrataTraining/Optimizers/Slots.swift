import StrataLayers
import StrataTensor

/// The parameters of a model, each with its path, its group's options and an optimizer's memory of it.
public struct Slots<State: OptimizerState>: Sendable {
  package struct Slot: Sendable {
    let path: String
    let parameter: Parameter
    package var options = GroupOptions()
    /// The type that the parameter had when its memory was made.
    let dtype: DType
    /// nil for a frozen parameter, and while it is out to be changed in place.
    var state: State?
    var step = 0

    /// The next update, which comes after a number of steps.
    mutating func nextStep(_ learningRate: Double, _ weightDecay: Double, after steps: Int) -> UpdateStep {
      step += 1
      let rate = options.schedule?.rate(at: steps) ?? learningRate
      require(
        areNotNegative(rate),
        "\(path): the schedule of its group gives the rate \(rate) at step \(steps); rates must be "
          + "finite and not negative")
      return UpdateStep(
        number: step, learningRate: rate * (options.rateFactor ?? 1), weightDecay: options.weightDecay ?? weightDecay,
        betas: options.betas, momentum: options.momentum, epsilon: options.epsilon)
    }
  }

  package var slots: [Slot] = []
  var stepsDone = 0
  package private(set) var frozen: Set<ObjectIdentifier> = []
  /// The parameters of each group whose gradients are clipped together, and the limit of their norm.
  private(set) var clippings: [(limit: Double, parameters: [Parameter])] = []
  private var positions: [ObjectIdentifier: Int] = [:]

  /// Finds the model's parameters by a walk over its properties, and tells each its path.
  ///
  /// - Parameters:
  ///   - model: The model to optimize, in the precision in which it will be trained.
  ///   - groups: Options for some of the parameters.
  ///   - maximize: Whether steps go up along the gradient, where a group states nothing else.
  ///   - options: What groups can state besides what every optimizer has; an update reads it of its ``UpdateStep``.
  ///   - initialState: What is remembered of a parameter of this value before its first step.
  public init(
    for model: some Module, groups: [ParameterGroup] = [], maximize: Bool = false, using options: Set<GroupOption> = [],
    initialState: (Tensor) -> State
  ) {
    self.init(for: model, groups: groups, maximize: maximize, using: options) { value, _ in initialState(value) }
  }

  init(
    for model: some Module, groups: [ParameterGroup], maximize: Bool, using options: Set<GroupOption>,
    initialState: (Tensor, GroupOptions) -> State
  ) {
    let contents = ModelContents(of: model)
    contents.tellPaths()
    require(!contents.parameters.isEmpty, "\(type(of: model)) has no parameters to optimize")
    for group in groups {
      group.requireMatch(among: contents.parameters.map(\.path))
      group.requireOptions(among: options)
      guard let limit = group.maximumNorm else { continue }
      let covered = contents.parameters.filter { group.covers($0.path, $0.parameter) }
      clippings.append((limit, covered.map(\.parameter)))
    }
    for (path, parameter) in contents.parameters {
      var slot = Slot(path: path, parameter: parameter, dtype: parameter.dtype)
      slot.options.maximize = maximize
      slot.options.isFrozen = contents.frozen.contains(ObjectIdentifier(parameter))
      for group in groups where group.covers(path, parameter) { slot.options.follow(group.options) }
      if slot.options.isFrozen! {
        frozen.insert(ObjectIdentifier(parameter))
      } else {
        slot.state = initialState(parameter.value, slot.options)
      }
      positions[ObjectIdentifier(parameter)] = slots.count
      slots.append(slot)
    }
  }

  func position(of parameter: Parameter) -> Int? { positions[ObjectIdentifier(parameter)] }

  /// The update of one parameter under way, with the state out of its slot, so that it is changed in place.
  struct Turn {
    fileprivate let position: Int
    let maximizes: Bool
    let weightLimit: WeightLimit?
    let step: UpdateStep
    var state: State
  }

  /// Takes the state of a parameter out of its slot for an update along a gradient of the type `gradient`; nil where the
  /// parameter has none.
  mutating func begin(
    _ parameter: Parameter, along gradient: DType, _ learningRate: Double, _ weightDecay: Double
  ) -> Turn? {
    guard let position = position(of: parameter) else { return nil }
    let (made, dtype) = (slots[position].dtype, parameter.dtype)
    require(
      made == dtype && gradient == dtype,
      "\(parameter.name) is \(dtype), its gradient \(gradient), and the optimizer was made for \(made); convert "
        + "the model first, then make the optimizer and take gradients")
    let step = slots[position].nextStep(learningRate, weightDecay, after: stepsDone)
    return Turn(
      position: position, maximizes: slots[position].options.maximize == true,
      weightLimit: slots[position].options.weightLimit, step: step, state: slots[position].state.take()!)
  }

  /// Puts the state back.
  mutating func end(_ turn: Turn) { slots[turn.position].state = turn.state }
}
