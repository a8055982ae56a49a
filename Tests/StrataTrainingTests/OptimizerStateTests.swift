import Foundation
import Strata
import StrataTensor
import Testing

@Suite(.seeded) struct OptimizerStateTests {
  private static func model() -> Sequential {
    withSeed(3) {
      Sequential {
        Linear(4, 6); Tanh(); Linear(6, 3)
      }
    }
  }

  private static let data: Dataset = {
    var generator = RandomGenerator(seed: 4)
    return Dataset(
      inputs: Tensor(normal: [50, 4], using: &generator), labels: Tensor(labels: (0..<50).map { $0 % 3 }))
  }()

  static let optimizers: [(name: String, make: @Sendable (Sequential) -> any Optimizer)] = [
    ("sgd", { SGD(for: $0, learningRate: 0.1, momentum: 0.9) }),
    ("adam", { Adam(for: $0, groups: [.frozen("0.bias")]) }),
    ("amsgrad", { AdamW(for: $0, amsgrad: true) }),
    ("rmsprop", { RMSProp(for: $0, momentum: 0.5, centered: true) }),
    ("adagrad", { Adagrad(for: $0) }), ("adadelta", { Adadelta(for: $0) }), ("nadam", { NAdam(for: $0) }),
    ("radam", { RAdam(for: $0) }), ("lion", { Lion(for: $0) }), ("rprop", { Rprop(for: $0) }),
    ("lamb", { LAMB(for: $0) }), ("muon", { Muon(for: $0) }),
  ]

  /// Trains four epochs; or two, saves, and trains two more with another model, optimizer and trainer.
  @Test(arguments: optimizers.map(\.name))
  func `a resumed run gives the same bits`(_ name: String) throws {
    let make = Self.optimizers.first { $0.name == name }!.make
    func resume<Rule: Optimizer>(_ optimizer: Rule, _ whole: Sequential) throws {
      let path = "\(FileManager.default.temporaryDirectory.path)/strata-\(UUID().uuidString).safetensors"
      defer { try? FileManager.default.removeItem(atPath: path) }
      let schedule = Schedule.cosine(from: 0.05, steps: 30).warmedUp(over: 5)
      func trainer(_ model: Sequential, _ rule: Rule) -> Trainer<Sequential, SoftmaxCrossEntropy, Rule> {
        Trainer(
          model, loss: SoftmaxCrossEntropy(), optimizer: rule, schedule: schedule, progress: .silent)
      }
      var straight = trainer(whole, optimizer)
      try straight.fit(Self.data, epochs: 4, batchSize: 8)

      let first = Self.model()
      var half = trainer(first, make(first) as! Rule)
      try half.fit(Self.data, epochs: 2, batchSize: 8)
      try Safetensors.write(half.optimizer.state, to: path)

      let second = Self.model()
      var rest = trainer(second, make(second) as! Rule)
      try second.load(first.state)
      try rest.optimizer.load(try Safetensors.read(path))
      rest.epochsDone = 2
      try rest.fit(Self.data, epochs: 2, batchSize: 8)
      #expect(rest.optimizer.stepsDone == 28)
      #expect(straight.optimizer.learningRate == rest.optimizer.learningRate)
      for (path, tensor) in whole.state { #expect(second.state[path]!.isIdentical(to: tensor), "\(path)") }
    }
    let whole = Self.model()
    try resume(make(whole), whole)
  }

  @Test func `names are paths, and what does not fit is refused as a whole`() throws {
    let model = Self.model()
    var optimizer = Adam(for: model, groups: [.frozen("2.*")])
    let state = optimizer.state
    let names = ["bias.mean", "bias.square", "bias.step", "weight.mean", "weight.square", "weight.step"]
    #expect(state.keys.sorted() == names.map { "0." + $0 })
    var wrong = state
    wrong["0.weight.maen"] = wrong.removeValue(forKey: "0.weight.mean")
    wrong["0.bias.mean"] = Tensor(zeros: [7])
    let error = #expect(throws: StateError.self) { try optimizer.load(wrong) }
    #expect(error?.missing == ["0.weight.mean"])
    #expect(error?.unexpected.first?.nearest == "0.weight.mean")
    #expect(error?.misshapen.map(\.path) == ["0.bias.mean"])
    try optimizer.load(state.mapValues { $0.dtype == .int32 ? $0 : $0.converted(to: .float64) })
    #expect(optimizer.state["0.weight.mean"]?.dtype == .float32)
  }

  /// The state of an optimizer takes memory per parameter, and is saved in files that must match.
  @Test func `an optimizer keeps what its form needs and no more`() {
    let model = Self.model()
    func kept(_ optimizer: some Optimizer) -> [String] {
      optimizer.state.keys.filter { $0.hasPrefix("2.bias.") }.map { String($0.dropFirst(7)) }.sorted()
    }
    #expect(kept(SGD(for: model, learningRate: 0.1)) == ["step"])
    #expect(kept(SGD(for: model, learningRate: 0.1, momentum: 0.9)) == ["momentum", "step"])
    #expect(kept(Adam(for: model)) == ["mean", "square", "step"])
    #expect(kept(AdamW(for: model, amsgrad: true)) == ["largest", "mean", "square", "step"])
    #expect(kept(RMSProp(for: model)) == ["square", "step"])
    #expect(kept(RMSProp(for: model, momentum: 0.5)) == ["momentum", "square", "step"])
    #expect(kept(RMSProp(for: model, centered: true)) == ["mean", "square", "step"])
  }

  /// A file may contain anything under the name of a count, which must not stop the program.
  @Test(arguments: [Tensor([.nan] as [Float]), Tensor([1e300] as [Double]), Tensor([Int32(-1)])])
  func `steps that are no counts are refused`(steps: Tensor) throws {
    let model = Self.model()
    var optimizer = Adam(for: model)
    let before = optimizer.state
    var state = before.mapValues { $0.dtype == .int32 ? $0 : $0 + 1 }
    state["0.bias.step"] = steps
    let error = #expect(throws: StateError.self) { try optimizer.load(state) }
    #expect(error?.unusable.map(\.path) == ["0.bias.step"])
    #expect(error?.description.contains("0.bias.step: whole numbers as int32 are needed, not") == true)
    #expect(optimizer.state == before)
  }
}
