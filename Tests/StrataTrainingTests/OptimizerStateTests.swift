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
    #expect(state.keys.sorted() == names.map { "0." + $0 } + ["stepsDone"])
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
  @Test(arguments: [
    (Tensor([.nan] as [Float]), "whole numbers as int32"), (Tensor([1e300, 0] as [Double]), "whole numbers as int32"),
    (Tensor([Int32(-1)]), "counts from 0 to 9007199254740992"),
    (Tensor([-1, .max] as [Int32]), "counts from 0 to 9007199254740992"),
    (Tensor([-1, -1] as [Int32]), "counts from 0 to 9007199254740992"),
  ])
  func `steps that are no counts are refused`(steps: Tensor, expected: String) throws {
    let model = Self.model()
    var optimizer = Adam(for: model)
    let before = optimizer.state
    for path in ["0.bias.step", "stepsDone"] {
      var state = before.mapValues { $0.dtype == .int32 ? $0 : $0 + 1 }
      state[path] = steps
      let error = #expect(throws: StateError.self) { try optimizer.load(state) }
      #expect(error?.unusable.map(\.path) == [path])
      #expect(error?.description.contains("\(path): \(expected) are needed, not") == true)
      #expect(optimizer.state == before)
    }
  }

  /// The largest counts that a file may hold, now and in those that were written before.
  @Test(arguments: [Tensor([Int32.max]), Tensor([-1, 0x1F_FFFF] as [Int32]), Tensor([0, 0x20_0000] as [Int32])])
  func `steps of the largest counts can be made and saved`(steps: Tensor) throws {
    let model = Self.model()
    var optimizer = Adam(for: model)
    try optimizer.load(optimizer.state.mapValues { $0.dtype == .int32 ? steps : $0 })
    let before = optimizer.stepsDone
    let (_, gradients) = model.gradients(at: Self.data.inputs) { ($0.sum().item, $0) }
    for _ in 0..<2 { try optimizer.update(along: gradients) }
    #expect(optimizer.stepsDone == before + 2)
    #expect(optimizer.state["0.bias.step"] == optimizer.state["stepsDone"])
  }

  /// A negative mean of squares has a root that is NaN, and so would every weight after the next step.
  @Test(
    arguments: [
      ("amsgrad", "0.weight.square", -1), ("amsgrad", "2.bias.largest", -1), ("amsgrad", "0.weight.mean", .nan),
      ("rmsprop", "0.weight.square", -1e-30), ("rmsprop", "2.bias.momentum", .infinity),
      ("sgd", "0.bias.momentum", 1e300),
    ] as [(String, String, Double)])
  func `memory without a meaning is refused`(_ name: String, path: String, number: Double) throws {
    let model = Self.model()
    func refuse(_ optimizer: some Optimizer) {
      var optimizer = optimizer
      let before = optimizer.state
      var state = before.mapValues { $0.dtype == .int32 ? $0 : $0 + 1 }
      state[path] = Tensor(repeating: number, shape: before[path]!.shape, dtype: .float64)
      let error = #expect(throws: StateError.self) { try optimizer.load(state) }
      #expect(error?.unusable.map(\.path) == [path])
      #expect(optimizer.state == before)
    }
    let optimizer = Self.optimizers.first { $0.name == name }!.make(model)
    refuse(optimizer)
  }

  /// Two parts that learn in turn: each parameter makes half of the steps.
  @Test(arguments: [false, true])
  func `the count of steps is saved, and a schedule goes on by it`(isFrozen: Bool) throws {
    let model = Self.model()
    func make() -> Adam { Adam(for: model, groups: isFrozen ? [.frozen("*")] : []) }
    var optimizer = make()
    let parts = ["0.", "2."]
    for step in 0..<10 {
      var gradients = model.gradients(at: Self.data.inputs) { ($0.sum().item, $0) }.gradients
      gradients.remove { $0.path!.hasPrefix(parts[step % 2]) }
      try optimizer.update(along: gradients)
    }
    #expect(optimizer.stepsDone == 10)
    var resumed = make()
    try resumed.load(optimizer.state)
    #expect(resumed.stepsDone == 10)
    let schedule = Schedule.cosine(from: 1, steps: 20)
    #expect(schedule.rate(at: resumed.stepsDone) == schedule.rate(at: optimizer.stepsDone))
    // Written before there was a count of all steps.
    try resumed.load(optimizer.state.filter { $0.key != "stepsDone" })
    #expect(resumed.stepsDone == (isFrozen ? 0 : 5))
  }

  /// The model that goes on is made under another seed, so its dropout masks come from the file.
  @Test func `a run resumed in a model of another seed gives the same bits`() throws {
    func make(_ seed: UInt64) -> Sequential {
      withSeed(seed) {
        Sequential {
          Linear(4, 6); Dropout(0.5); BatchNorm(6); Tanh(); Dropout(0.2); Linear(6, 3)
        }
      }
    }
    func trainer(_ model: Sequential) -> Trainer<Sequential, SoftmaxCrossEntropy, Adam> {
      Trainer(model, loss: SoftmaxCrossEntropy(), optimizer: Adam(for: model), seed: 1, progress: .silent)
    }
    var (straight, half, rest) = (trainer(make(1)), trainer(make(1)), trainer(make(2)))
    try straight.fit(Self.data, epochs: 4, batchSize: 8)
    try half.fit(Self.data, epochs: 2, batchSize: 8)
    try rest.model.load(half.model.state)
    try rest.optimizer.load(half.optimizer.state)
    rest.epochsDone = 2
    try rest.fit(Self.data, epochs: 2, batchSize: 8)
    for (path, tensor) in straight.model.state { #expect(rest.model.state[path]!.isIdentical(to: tensor), "\(path)") }
    for (path, tensor) in straight.optimizer.state {
      #expect(rest.optimizer.state[path]!.isIdentical(to: tensor), "\(path)")
    }
  }
}
