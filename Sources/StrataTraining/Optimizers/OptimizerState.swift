import StrataLayers
import StrataTensor

/// What an optimizer remembers of one parameter: named tensors, so that it can be saved.
public protocol OptimizerState: Sendable {
  /// The tensors by name; which there are does not change between steps.
  var tensors: [String: Tensor] { get set }

  /// The names of tensors that have no negative element, such as means of squares: a state with one is not loaded. By
  /// default none.
  static var nonnegative: Set<String> { get }
}

extension OptimizerState {
  public static var nonnegative: Set<String> { [] }
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
  /// `0.weight.step`, the count of its steps; and `stepsDone`, the count of all steps. A count is an `int32` [2], its
  /// lower and its upper half.
  ///
  /// With the model's state it is all that a run needs to go on to the same bits; options, the learning rate
  /// among them, are those of the optimizer that loads it.
  public var state: [String: Tensor] {
    var state = [stepsDonePath: Tensor(words: [UInt64(slots.stepsDone)])]
    for slot in slots.slots {
      guard let memory = slot.state else { continue }
      state[slot.path + ".step"] = Tensor(words: [UInt64(slot.step)])
      for (name, tensor) in memory.tensors { state[slot.path + "." + name] = tensor }
    }
    return state
  }

  /// Goes on from a saved ``state``; numbers take on the precision of the optimizer's. One that was written earlier has
  /// no `stepsDone`, which is then the largest count of a parameter.
  ///
  /// - Throws: `StateError` unless the state has exactly these names and shapes, counts that are not negative, and
  ///   numbers that are finite and have a meaning there; nothing is set then.
  public mutating func load(_ state: [String: Tensor]) throws {
    var entries: [StateEntry] = []
    func count(_ path: String) { entries.append(StateEntry(path, words: [[2], [1]], limit: StateEntry.maximumCount)) }
    if state[stepsDonePath] != nil { count(stepsDonePath) }
    for slot in slots.slots {
      guard let memory = slot.state else { continue }
      count(slot.path + ".step")
      for (name, tensor) in memory.tensors.sorted(by: { $0.key < $1.key }) {
        let minimum = State.nonnegative.contains(name) ? 0 : -Double.infinity
        entries.append(StateEntry(slot.path + "." + name, like: tensor, minimum: minimum))
      }
    }
    let state = try StateError.check(state, against: entries)
    for index in slots.slots.indices {
      let path = slots.slots[index].path + "."
      guard var tensors = slots.slots[index].state?.tensors else { continue }
      for name in tensors.keys { tensors[name] = state[path + name]! }
      slots.slots[index].state!.tensors = tensors
      slots.slots[index].step = Int(state[path + "step"]!.words[0])
    }
    slots.stepsDone = state[stepsDonePath].map { Int($0.words[0]) } ?? slots.slots.map(\.step).max() ?? 0
  }
}

/// No parameter's: those have a dot.
private let stepsDonePath = "stepsDone"
