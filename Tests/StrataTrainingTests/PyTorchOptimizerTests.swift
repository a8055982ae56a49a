import Foundation
import PyTorchModels
import Strata
import StrataTensor
import Testing

/// Runs that go on here where they stopped in PyTorch, and the other way round.
@Suite(.seeded) struct PyTorchOptimizerTests {
  private static let reference = Result {
    let file = URL(filePath: #filePath).deletingLastPathComponent().appending(path: "../References/pytorch/optimizers")
    return try Safetensors.read(file.path + ".safetensors")
  }

  private func group(_ prefix: String) throws -> [String: Tensor] {
    let all = try Self.reference.get().filter { $0.key.hasPrefix(prefix + ".") }
    return Dictionary(uniqueKeysWithValues: all.map { (String($0.key.dropFirst(prefix.count + 1)), $0.value) })
  }

  @Test(arguments: PyTorchRun.all)
  func `a run that PyTorch has begun goes on as in PyTorch`(_ run: PyTorchRun) throws {
    let reference = try Self.reference.get()
    var (model, optimizer) = run.make()
    let (weights, memory) = (try group("\(run.name).model"), try group("\(run.name).state"))
    try model.load(pytorch: weights)
    try optimizer.load(pytorch: memory, for: model, stepsDone: 10)
    #expect(optimizer.stepsDone == 10)
    let written = optimizer.pytorchState(for: model)
    #expect(written.keys.sorted() == memory.keys.sorted())
    for (name, tensor) in memory { #expect(written[name]?.isIdentical(to: tensor) == true, "\(name)") }

    let steps = try PyTorchRun.train(model, &optimizer, reference["x"]!, reference["target"]!, steps: 20)
    let expected = reference["\(run.name).steps"]!
    #expect(steps.shape == expected.shape && expected.shape == [20, 37])
    #expect(abs(steps - expected).max().item <= 1e-10)
  }

  @Test func `without the memory a run leaves PyTorch's path`() throws {
    let reference = try Self.reference.get()
    var (model, optimizer) = PyTorchRun.all.first { $0.name == "adam" }!.make()
    try model.load(pytorch: group("adam.model"))
    let steps = try PyTorchRun.train(model, &optimizer, reference["x"]!, reference["target"]!, steps: 20)
    #expect(abs(steps - reference["adam.steps"]!).max().item > 1e-3)
  }

  @Test func `counts of steps are PyTorch's, or those that are given`() throws {
    let (model, _) = PyTorchRun.all[0].make()
    var adam = Adam(for: model, learningRate: 0.02)
    try adam.load(pytorch: group("adam.state"), for: model)
    #expect(adam.stepsDone == 10)
    var sgd = SGD(for: model, learningRate: 0.1, momentum: 0.9)
    try sgd.load(pytorch: group("sgd.state"), for: model)
    #expect(sgd.stepsDone == 1)
    try sgd.load(pytorch: group("sgd.state"), for: model, stepsDone: 500)
    #expect(sgd.stepsDone == 500)
  }

  @Test func `a parameter that has made no step is not there, and one that is not there begins`() throws {
    let (model, _) = PyTorchRun.all[0].make()
    var adam = Adam(for: model)
    #expect(adam.pytorchState(for: model).isEmpty)
    var memory = try group("adam.state")
    try adam.load(pytorch: memory, for: model)
    memory = memory.filter { !$0.key.hasPrefix("2.bias.") }
    try adam.load(pytorch: memory, for: model)
    #expect(adam.pytorchState(for: model) == memory)
    try adam.load(pytorch: [:], for: model)
    #expect(adam.state == Adam(for: model).state)
  }

  @Test func `frozen parameters have no memory on either side`() throws {
    let (model, _) = PyTorchRun.all[0].make()
    let memory = try group("adam.state").filter { $0.key.hasPrefix("2.") }
    var adam = Adam(for: model, groups: [.frozen("0.*")])
    try adam.load(pytorch: memory, for: model)
    #expect(adam.pytorchState(for: model) == memory)
  }

  @Test func `names and layouts are those of the model`() throws {
    let model = Sequential { Recurrent(LSTMCell(2, 3), returning: .lastStep) }
    var adam = Adam(for: model)
    let (_, gradients) = model.gradients(at: Tensor(normal: [2, 4, 2])) { ($0.sum().item, $0) }
    try adam.update(along: gradients)
    let state = adam.pytorchState(for: model, renaming: ["0": "lstm"])
    #expect(state["lstm.weight_ih_l0.exp_avg"]?.shape == [12, 2])
    #expect(state["lstm.bias_hh_l0.step"] == Tensor(repeating: 1, shape: []))
    #expect(
      state["lstm.weight_hh_l0.exp_avg_sq"]?.transposed.tensor == adam.state["0.cell.hiddenWeight.square"])
    var other = Adam(for: model)
    try other.load(pytorch: state, for: model, renaming: ["0": "lstm"])
    #expect(other.state == adam.state)
  }

  @Test func `what does not fit is refused as a whole, by name`() throws {
    let (model, _) = PyTorchRun.all[0].make()
    var adam = Adam(for: model)
    var memory = try group("adam.state")
    try adam.load(pytorch: memory, for: model)
    let before = adam.state
    memory["0.weight.exp_avgs"] = memory.removeValue(forKey: "0.weight.exp_avg")
    memory["0.bias.exp_avg_sq"] = Tensor(zeros: [6])
    memory["2.bias.exp_avg_sq"] = Tensor([1.0, -1])
    memory["2.bias.step"] = Tensor([2.5])
    let error = #expect(throws: StateError.self) { try adam.load(pytorch: memory, for: model) }
    #expect(
      error?.description == """
        PyTorch's state does not fit the optimizer; nothing was loaded
          missing: 0.weight.exp_avg
          unexpected: 0.weight.exp_avgs (the nearest is 0.weight.exp_avg)
          0.bias.exp_avg_sq: the optimizer has shape [5], the state [6]
          2.bias.exp_avg_sq: numbers from 0 on are needed, not -1.0, its element 1
          2.bias.step: counts are needed, not 2.5
          where names differ, say so: renaming: ["0": "encoder"]
        """)
    #expect(adam.state == before)
    // The weights in the place of the optimizer's state.
    let weights = #expect(throws: StateError.self) { try adam.load(pytorch: model.pytorchState, for: model) }
    #expect(weights?.unexpected.count == 4 && weights?.missing.count == 12)
  }
}
