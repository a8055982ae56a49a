import StrataLayers
import StrataTensor

/// The parameters of a model, each with its path, its group's options and an optimizer's memory of it.
public struct Slots<State: OptimizerState>: Sendable {
  package struct Slot: Sendable {
    let path: String
    let parameter: Parameter
    package var rateFactor = 1.0
    var schedule: Schedule?
    var weightDecay: Double?
    /// The type that the parameter had when its memory was made.
    let dtype: DType
    /// nil for a frozen parameter, and while it is out to be changed in place.
    var state: State?
    var step = 0

    /// The next update, which comes after a number of steps.
    mutating func nextStep(_ learningRate: Double, _ weightDecay: Double, after steps: Int) -> UpdateStep {
      step += 1
      let rate = schedule?.rate(at: steps) ?? learningRate
      require(
        areNotNegative(rate),
        "\(path): the schedule of its group gives the rate \(rate) at step \(steps); rates must be "
          + "finite and not negative")
      return UpdateStep(
        number: step, learningRate: rate * rateFactor,
        weightDecay: self.weightDecay ?? weightDecay)
    }
  }

  package var slots: [Slot] = []
  var stepsDone = 0
  package private(set) var frozen: Set<ObjectIdentifier> = []
  private var positions: [ObjectIdentifier: Int] = [:]

  /// Finds the model's parameters by a walk over its properties, and tells each its path.
  ///
  /// - Parameters:
  ///   - model: The model to optimize, in the precision in which it will be trained.
  ///   - groups: Options for some of the parameters.
  ///   - initialState: What is remembered of a parameter of this value before its first step.
  public init(for model: some Module, groups: [ParameterGroup] = [], initialState: (Tensor) -> State) {
    let contents = ModelContents(of: model)
    contents.tellPaths()
    require(!contents.parameters.isEmpty, "\(type(of: model)) has no parameters to optimize")
    for group in groups { group.requireMatch(among: contents.parameters.map(\.path)) }
    for (path, parameter) in contents.parameters {
      var slot = Slot(path: path, parameter: parameter, dtype: parameter.dtype)
      var isFrozen = contents.frozen.contains(ObjectIdentifier(parameter))
      for group in groups where group.covers(path, parameter) {
        slot.rateFactor = group.rateFactor ?? slot.rateFactor
        slot.schedule = group.schedule ?? slot.schedule
        slot.weightDecay = group.weightDecay ?? slot.weightDecay
        isFrozen = group.isFrozen ?? isFrozen
      }
      if isFrozen {
        frozen.insert(ObjectIdentifier(parameter))
      } else {
        slot.state = initialState(parameter.value)
      }
      positions[ObjectIdentifier(parameter)] = slots.count
      slots.append(slot)
    }
  }

  func position(of parameter: Parameter) -> Int? { positions[ObjectIdentifier(parameter)] }
}
