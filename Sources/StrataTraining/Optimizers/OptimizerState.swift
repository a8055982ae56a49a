import StrataLayers
import StrataTensor

/// What an optimizer remembers of one parameter: named tensors, so that it can be saved.
public protocol OptimizerState: Sendable {
  /// The tensors by name; which there are does not change between steps.
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

extension Slots {
  /// The bytes of what is remembered of all parameters.
  var byteCount: Int {
    slots.reduce(0) { $0 + ($1.state?.tensors.values.reduce(0) { $0 + $1.byteCount } ?? 0) }
  }
}

extension Optimizer {
  /// What is remembered of every parameter that is not frozen, by path and name, such as `0.weight.mean`, and
  /// `0.weight.step`, the count of its steps.
  ///
  /// With the model's state it is all that a run needs to go on to the same bits; options, the learning rate
  /// among them, are those of the optimizer that loads it.
  public var state: [String: Tensor] {
    var state: [String: Tensor] = [:]
    for slot in slots.slots {
      guard let memory = slot.state else { continue }
      state[slot.path + ".step"] = Tensor([Int32(slot.step)])
      for (name, tensor) in memory.tensors { state[slot.path + "." + name] = tensor }
    }
    return state
  }

  /// Goes on from a saved ``state``; numbers take on the precision of the optimizer's.
  ///
  /// - Throws: `StateError` unless the state has exactly these names and shapes; nothing is set then.
  public mutating func load(_ state: [String: Tensor]) throws {
    let expected = self.state.mapValues(\.shape).sorted { $0.key < $1.key }
    let steps = slots.slots.filter { $0.state != nil }.map { ($0.path + ".step", Int32(0)) }
    try StateError.check(
      state, against: expected.map { ($0.key, $0.value) }, integers: Dictionary(uniqueKeysWithValues: steps),
      of: "optimizer")
    for index in slots.slots.indices {
      let path = slots.slots[index].path + "."
      guard var tensors = slots.slots[index].state?.tensors else { continue }
      for (name, tensor) in tensors { tensors[name] = state[path + name]!.converted(to: tensor.dtype) }
      slots.slots[index].state!.tensors = tensors
      slots.slots[index].step = Int(state[path + "step"]!.item)
    }
    slots.stepsDone = slots.slots.map(\.step).max() ?? 0
  }
}
