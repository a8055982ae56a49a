import Strata
import StrataTensor
import Testing

@Suite(.seeded) struct ParameterGroupTests {
  private static func model() -> Sequential {
    withSeed(3) {
      Sequential {
        Linear(4, 6)
        Tanh()
        Sequential { Linear(6, 5) }
        Linear(5, 3)
      }
    }
  }

  private static func train(_ model: Sequential, _ optimizer: some Optimizer, steps: Int = 5) throws {
    var optimizer = optimizer
    var generator = RandomGenerator(seed: 4)
    let x = Tensor(normal: [8, 4], using: &generator)
    let labels = Tensor(labels: [0, 1, 2, 0, 1, 2, 0, 1])
    for _ in 0..<steps {
      let (_, gradients) = model.gradients(at: x) { SoftmaxCrossEntropy().evaluate($0, labels) }
      try optimizer.update(along: gradients)
    }
  }

  /// Takes one step from equal gradients, so that each parameter moves as with its own options only.
  @Test func `each parameter moves as under an optimizer with its group's options`() throws {
    let grouped = Self.model()
    try Self.train(
      grouped,
      AdamW(
        for: grouped, learningRate: 1e-2, weightDecay: 0.5,
        groups: [
          ParameterGroup("*.bias", weightDecay: 0), ParameterGroup("2.*", rateFactor: 0.1),
        ]), steps: 1)
    func alone(_ rate: Double, _ decay: Double) throws -> [String: Tensor] {
      let model = Self.model()
      try Self.train(model, AdamW(for: model, learningRate: rate, weightDecay: decay), steps: 1)
      return model.state
    }
    let found = grouped.state
    let expected: [(path: String, rate: Double, decay: Double)] = [
      ("0.weight", 1e-2, 0.5), ("0.bias", 1e-2, 0), ("3.weight", 1e-2, 0.5), ("3.bias", 1e-2, 0),
      ("2.0.weight", 1e-3, 0.5), ("2.0.bias", 1e-3, 0),
    ]
    #expect(found.count == expected.count)
    for (path, rate, decay) in expected {
      #expect(found[path]!.isIdentical(to: try alone(rate, decay)[path]!), "\(path)")
    }
  }

  @Test func `a group follows its own schedule, times its factor`() throws {
    struct Sum: Layer {
      let a = Parameter([1], initialValue: 0)
      let b = Parameter([1], initialValue: 0)
      let c = Parameter([1], initialValue: 0)
      func forward(_ x: Tensor) -> (Tensor, Int) { (x, 0) }
      func backward(_ dy: Tensor, _ cache: Int, _ gradients: inout Gradients) -> Tensor { dy }
    }
    let model = Sum()
    let growing = Schedule { Double($0 + 1) }
    var optimizer = SGD(
      for: model, learningRate: 1,
      groups: [
        ParameterGroup("a", schedule: growing),
        ParameterGroup("b", rateFactor: 0.5, schedule: .step(from: 8, every: 1, factor: 0.5)),
      ])
    for _ in 0..<3 {
      optimizer.learningRate *= 10
      var gradients = Gradients()
      for parameter in [model.a, model.b, model.c] { gradients.add([-1], to: parameter) }
      try optimizer.update(along: gradients)
    }
    let (a, b, c) = (model.a.value.item, model.b.value.item, model.c.value.item)
    #expect(a == 6 && b == 7 && c == 1110)
    // What was saved goes on in the schedule.
    var second = SGD(for: model, learningRate: 1, groups: [ParameterGroup("a", schedule: growing)])
    try second.load(optimizer.state)
    var gradients = Gradients()
    gradients.add([-1], to: model.a)
    try second.update(along: gradients)
    #expect(model.a.value.item == 10)
  }

  @Test func `discriminative rates fall from the last part to the first`() throws {
    let model = Self.model()
    let optimizer = SGD(
      for: model, learningRate: 1, groups: ParameterGroup.discriminative(["0.*", "2.*", "3.*"], factor: 0.5))
    let factors = optimizer.slots.slots.map(\.options.rateFactor)
    #expect(factors == [0.25, 0.25, 0.5, 0.5, 1, 1])
  }

  @Test(arguments: ["SGD", "Adam", "RMSProp"])
  func `every optimizer keeps to its groups`(_ name: String) throws {
    let groups = [ParameterGroup("0.weight", rateFactor: 0.5, weightDecay: 0.3), .frozen("3.*")]
    let (model, plain) = (Self.model(), Self.model())
    let before = model.state
    func optimizer(_ model: Sequential, _ rate: Double, _ decay: Double, _ groups: [ParameterGroup])
      -> any Optimizer
    {
      switch name {
      case "SGD": SGD(for: model, learningRate: rate, weightDecay: decay, groups: groups)
      case "Adam": Adam(for: model, learningRate: rate, weightDecay: decay, groups: groups)
      default: RMSProp(for: model, learningRate: rate, weightDecay: decay, groups: groups)
      }
    }
    try Self.train(model, optimizer(model, 0.02, 0, groups), steps: 1)
    try Self.train(plain, optimizer(plain, 0.01, 0.3, []), steps: 1)
    #expect(model.state["0.weight"]!.isIdentical(to: plain.state["0.weight"]!))
    #expect(model.state["3.weight"]!.isIdentical(to: before["3.weight"]!))
    #expect(model.state["3.bias"]!.isIdentical(to: before["3.bias"]!))
    #expect(model.state["0.bias"] != before["0.bias"])
  }

  @Test func `the last group that states an option decides it`() throws {
    let model = Self.model()
    let before = model.state
    try Self.train(
      model,
      SGD(
        for: model, learningRate: 0.1,
        groups: [
          .frozen("*"), ParameterGroup("3.*", isFrozen: false), ParameterGroup("3.bias", rateFactor: 0),
        ]))
    for (path, tensor) in model.state {
      #expect((tensor == before[path]) == (path != "3.weight"), "\(path)")
    }
  }

  @Test func `vectors may go without decay`() throws {
    let model = Self.model()
    var optimizer = SGD(for: model, learningRate: 1, weightDecay: 1, groups: [.noDecayOnVectors])
    var gradients = Gradients()
    for (_, parameter) in model.parameters {
      parameter.value = Tensor(ones: parameter.shape)
      gradients.add(Tensor(zeros: parameter.shape), to: parameter)
    }
    try optimizer.update(along: gradients)
    for (path, tensor) in model.state {
      #expect(tensor == Tensor(repeating: path.hasSuffix("bias") ? 1 : 0, shape: tensor.shape), "\(path)")
    }
  }

  @Test func `frozen gradients do not count, be they infinite`() throws {
    let model = Self.model()
    var optimizer = Adam(for: model, groups: [.frozen("0.*")])
    var gradients = Gradients()
    for (path, parameter) in model.parameters {
      let isFrozen = path.hasPrefix("0.")
      gradients.add(Tensor(repeating: isFrozen ? .infinity : 0.5, shape: parameter.shape), to: parameter)
    }
    var clipped = gradients
    optimizer.dropFrozen(from: &clipped)
    #expect(clipped.receivers.count == 4)
    #expect(try clipped.globalNorm() > 0)
    try optimizer.update(along: gradients)
    #expect(!optimizer.state.keys.contains { $0.hasPrefix("0.") })
  }

  @Test func `a star stands for any letters or none`() {
    let fitting = [
      ("*.bias", "0.inner.bias"), ("0.*", "0."), ("*", ""), ("", ""), ("**", "a"), ("*a*b", "xxaab"), ("a*b*c", "abbc"),
      ("0.weight", "0.weight"), ("*é", "é"),
    ]
    for (pattern, text) in fitting { #expect(matches(text, glob: pattern), "\(pattern) \(text)") }
    let others = [
      ("0.*", "10.bias"), ("*.bias", "0.bias2"), ("", "a"), ("a", ""), ("aa*aa", "aaa"), ("*ab*ab*", "ab"),
      ("a*b*a", "aba2"),
      ("0.weight", "0.weights"), ("[0]", "0"), ("?", "a"),
    ]
    for (pattern, text) in others { #expect(!matches(text, glob: pattern), "\(pattern) \(text)") }
  }
}
