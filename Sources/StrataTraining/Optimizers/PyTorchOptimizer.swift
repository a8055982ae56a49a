import StrataLayers
import StrataTensor

/// An optimizer that PyTorch has too, so that a run can go on there, or here, where it stopped in the other.
///
/// ```swift
/// try Safetensors.write(optimizer.pytorchState(for: model), to: "optimizer.safetensors")
/// try optimizer.load(pytorch: Safetensors.read("optimizer.safetensors"), for: model)
/// ```
///
/// A name is that of the parameter in PyTorch and that of the tensor in its state there, such as `0.weight.exp_avg` and
/// `0.weight.step`. The article "Coming from PyTorch" has the lines of Python that read and write them. Options, the
/// learning rate among them, are those that the optimizer was made with, on either side.
public protocol PyTorchOptimizer: Optimizer {
  /// PyTorch's names of the tensors of a parameter's state, all of which are 0 before its first step.
  static var pytorchNames: [String: String] { get }

  /// Whether PyTorch keeps the count of a parameter's steps. By default true.
  static var pytorchCountsSteps: Bool { get }
}

extension AdamRule {
  public static var pytorchNames: [String: String] {
    ["mean": "exp_avg", "square": "exp_avg_sq", "largest": "max_exp_avg_sq"]
  }
}

extension Adam: PyTorchOptimizer {}
extension AdamW: PyTorchOptimizer {}

extension RMSProp: PyTorchOptimizer {
  public static var pytorchNames: [String: String] {
    ["square": "square_avg", "mean": "grad_avg", "momentum": "momentum_buffer"]
  }
}

extension SGD: PyTorchOptimizer {
  public static var pytorchNames: [String: String] { ["momentum": "momentum_buffer"] }
  public static var pytorchCountsSteps: Bool { false }
}

extension PyTorchOptimizer {
  public static var pytorchCountsSteps: Bool { true }

  /// Returns what is remembered of every parameter that has made a step, by PyTorch's names and in its layout.
  ///
  /// - Parameters:
  ///   - model: The model that the optimizer was made for, which has the names.
  ///   - renaming: Those of the model's `pytorchState(renaming:)`.
  public func pytorchState(
    for model: some Module, renaming: [String: PyTorchName] = [:]
  ) -> [String: Tensor] {
    var state: [String: Tensor] = [:]
    for memory in memories(PyTorchLayout(of: model, renaming: renaming)) {
      let (entry, slots) = (memory.group[0], memory.positions.map { self.slots.slots[$0] })
      guard slots.allSatisfy({ $0.step > 0 }) else { continue }
      let steps = Double(slots[0].step)
      if Self.pytorchCountsSteps { state[entry.name + ".step"] = Tensor(repeating: steps, shape: []) }
      for name in memory.names {
        state[entry.name + "." + Self.pytorchNames[name]!] = entry.joined(slots.map { $0.state!.tensors[name]! })
      }
    }
    return state
  }

  /// Goes on from the state of PyTorch's optimizer; numbers take on the precision of this one's.
  ///
  /// A parameter of which the state has nothing has made no step there, and begins.
  ///
  /// - Parameters:
  ///   - state: The tensors by the names that ``pytorchState(for:renaming:)`` gives.
  ///   - model: The model that the optimizer was made for, which has the names.
  ///   - renaming: Those of the model's `load(pytorch:renaming:)`.
  ///   - stepsDone: How many steps the run has made, which a ``Schedule`` goes by; nil for the largest count of a
  ///     parameter's steps, which the state of an ``SGD`` does not have.
  /// - Throws: `StateError` unless all of the state fits; nothing is set then.
  public mutating func load(
    pytorch state: [String: Tensor], for model: some Module, renaming: [String: PyTorchName] = [:],
    stepsDone: Int? = nil
  ) throws {
    require(stepsDone ?? 0 >= 0, "load(pytorch:): a run cannot have made \(stepsDone ?? 0) steps")
    let memories = memories(PyTorchLayout(of: model, renaming: renaming))
    let counts = Self.pytorchCountsSteps ? ["step"] : []
    func names(_ memory: Memory) -> [String] { memory.names.map { Self.pytorchNames[$0]! } + counts }
    /// The tensor of the group that the state has something of.
    func entry(of memory: Memory) -> PyTorchLayout.Entry? {
      memory.group.first { entry in names(memory).contains { state[entry.name + "." + $0] != nil } }
    }
    let known = Set(
      memories.flatMap { memory in memory.group.flatMap { entry in names(memory).map { "\(entry.name).\($0)" } } })
    // Where names differ, a parameter of which the state has nothing is missed.
    let differ = !state.keys.allSatisfy(known.contains)
    var entries: [StateEntry] = []
    for memory in memories {
      guard let entry = entry(of: memory) ?? (differ ? memory.group[0] : nil) else { continue }
      for name in memory.names {
        entries.append(
          StateEntry(
            entry.name + "." + Self.pytorchNames[name]!, [entry.shape], dtype: slots.slots[memory.positions[0]].dtype,
            minimum: State.nonnegative.contains(name) ? 0 : -.infinity))
      }
      entries += counts.map { StateEntry(entry.name + "." + $0, [[], [1]], dtype: .float64, minimum: 0) }
    }
    var (fitting, report) = StateError.compare(state, with: entries, of: "optimizer")
    for (name, tensor) in fitting.sorted(by: { $0.key < $1.key }) where name.hasSuffix(".step") {
      if tensor.item.rounded() == tensor.item, tensor.item <= Double(StateEntry.maximumCount) { continue }
      report.unusable.append(.init(path: name, expected: "counts", found: "\(tensor.item)"))
    }
    report.isOfPyTorch = true
    guard report.isEmpty else { throw report }

    for memory in memories {
      let entry = entry(of: memory)
      // Without a count it has made more than the first, which differs from the others.
      let step = entry.map { fitting[$0.name + ".step"].map { Int($0.item) } ?? 1 } ?? 0
      let parts = entry.map { entry in
        memory.names.map { entry.parted(fitting[entry.name + "." + Self.pytorchNames[$0]!]!) }
      }
      for (piece, position) in memory.positions.enumerated() {
        var tensors = slots.slots[position].state!.tensors
        for (index, name) in memory.names.enumerated() {
          tensors[name] = parts?[index][piece] ?? Tensor(zeros: tensors[name]!.shape, dtype: tensors[name]!.dtype)
        }
        slots.slots[position].state!.tensors = tensors
        slots.slots[position].step = step
      }
    }
    slots.stepsDone = stepsDone ?? slots.slots.map(\.step).max() ?? 0
  }

  private typealias Memory = (group: [PyTorchLayout.Entry], positions: [Int], names: [String])

  /// The tensors of PyTorch's model that this optimizer remembers something of, where its parameters are among its
  /// slots, and what it remembers of each.
  private func memories(_ layout: PyTorchLayout) -> [Memory] {
    var found = Set<Int>()
    let memories = layout.groups.compactMap { group -> Memory? in
      let positions = group[0].pieces.compactMap { ($0.holder as? Parameter).flatMap(slots.position) }
      found.formUnion(positions)
      let states = positions.compactMap { slots.slots[$0].state }
      guard states.count == group[0].pieces.count else { return nil }
      return (group, positions, states[0].tensors.keys.sorted())
    }
    require(
      found.count == slots.slots.count,
      "\(Self.self): the model is not the one that the optimizer was made for, whose parameter "
        + "\(slots.slots.indices.first { !found.contains($0) }.map { slots.slots[$0].path } ?? "") it does not have")
    return memories
  }
}
