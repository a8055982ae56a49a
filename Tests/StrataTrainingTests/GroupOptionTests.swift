import Strata
import StrataTensor
import Testing

/// Options of parameter groups, and limits of weights.
@Suite(.seeded) struct GroupOptionTests {
  /// Two parameters.
  private struct Halves: Layer {
    let a, b: Parameter
    init(_ initial: Tensor) { (a, b) = (Parameter(initial[0..<6]), Parameter(initial[6..<12])) }
    func forward(_ x: Tensor) -> (Tensor, Int) { (x, 0) }
    func backward(_ dy: Tensor, _ cache: Int, _ gradients: inout Gradients) -> Tensor { dy }
  }

  private static let cases: [String: @Sendable (Halves) -> any Optimizer] = [
    "sgd": { SGD(for: $0, learningRate: 0.01, momentum: 0.9, groups: [ParameterGroup("b", momentum: 0.5)]) },
    "sgd_begins": {
      SGD(for: $0, learningRate: 0.01, groups: [ParameterGroup("b", weightDecay: 0.1, momentum: 0.8)])
    },
    "sgd_nesterov": {
      SGD(
        for: $0, learningRate: 0.01, momentum: 0.9, nesterov: true, maximize: true,
        groups: [ParameterGroup("b", momentum: 0.5)])
    },
    "adam": { Adam(for: $0, learningRate: 0.01, groups: [ParameterGroup("b", betas: (0.5, 0.9), epsilon: 1e-3)]) },
    "adam_maximize": {
      Adam(
        for: $0, learningRate: 0.01, weightDecay: 0.1, maximize: true, groups: [ParameterGroup("b", maximize: false)])
    },
    "adamw": {
      AdamW(
        for: $0, learningRate: 0.01, maximize: true, groups: [ParameterGroup("b", betas: (0.7, 0.99), epsilon: 1e-4)])
    },
    "nadam": {
      NAdam(
        for: $0, learningRate: 0.01, maximize: true, groups: [ParameterGroup("b", betas: (0.7, 0.99), epsilon: 1e-4)])
    },
    "radam": {
      RAdam(
        for: $0, learningRate: 0.01, maximize: true, groups: [ParameterGroup("b", betas: (0.7, 0.9), epsilon: 1e-4)])
    },
    "rmsprop": {
      RMSProp(
        for: $0, learningRate: 0.01, maximize: true, groups: [ParameterGroup("b", momentum: 0.7, epsilon: 1e-4)])
    },
    "adagrad": { Adagrad(for: $0, learningRate: 0.1, maximize: true, groups: [ParameterGroup("b", epsilon: 1e-2)]) },
    "adadelta": { Adadelta(for: $0, maximize: true, groups: [ParameterGroup("b", epsilon: 1e-3)]) },
    "rprop": { Rprop(for: $0, maximize: true) },
  ]

  @Test(arguments: cases.keys.sorted())
  private func `a hundred steps of two groups are PyTorch's`(_ name: String) throws {
    let reference = try OptimizerReference(file: "optimizer_groups")
    let model = Halves(reference["initial"])
    var optimizer = Self.cases[name]!(model)
    let names = Set(optimizer.state.keys)
    for step in 0..<100 {
      var gradients = Gradients()
      gradients.add(reference["gradients"][step, 0..<6], to: model.a)
      gradients.add(reference["gradients"][step, 6..<12], to: model.b)
      try optimizer.update(along: gradients)
      guard step % 10 == 9 else { continue }
      let found = Tensor(concatenating: [model.a.value, model.b.value])
      #expect(
        abs((found - reference[name][step / 10]) / maximum(abs(found), Tensor(ones: [12], dtype: .float64))).max().item
          < 1e-10)
    }
    // What a group begins is there from the start, so that a saved state has the same names.
    #expect(Set(optimizer.state.keys) == names)
  }

  @Test func `the other optimizers read what their groups state`() throws {
    func move<O: Optimizer>(_ make: (Halves) -> O) throws -> Tensor {
      let model = Halves(Tensor(ones: [12]))
      var optimizer = make(model)
      for gradient: Tensor in [[1, 2, 3, 4, 5, 6], [-2, 1, -3, 2, 1, -9]] {
        var gradients = Gradients()
        gradients.add(gradient, to: model.b)
        try optimizer.update(along: gradients)
      }
      return model.b.value
    }
    let groups = [ParameterGroup("b", betas: (0.3, 0.4))]
    #expect(try move { Lion(for: $0, groups: groups) } == move { Lion(for: $0, betas: (0.3, 0.4)) })
    let both = [ParameterGroup("b", betas: (0.3, 0.4), epsilon: 0.1)]
    #expect(
      try move { LAMB(for: $0, groups: both) } == move { LAMB(for: $0, betas: (0.3, 0.4), epsilon: 0.1) })
    #expect(
      try move { SparseAdam(for: $0, groups: both) } == move { SparseAdam(for: $0, betas: (0.3, 0.4), epsilon: 0.1) })
    #expect(
      try move { Lion(for: $0, maximize: true) }.isIdentical(
        to: move { Lion(for: $0, groups: [ParameterGroup("*", maximize: true)]) }))
    let (down, up) = (
      try move { SGD(for: $0, learningRate: 1) }, try move { SGD(for: $0, learningRate: 1, maximize: true) }
    )
    #expect(down + up == Tensor(repeating: 2, shape: [6]))
    let matrix = Parameter([[1, 2], [3, 4]])
    let layers = (0..<2).map { _ in Linear(weight: Parameter(matrix.value), bias: nil) }
    var (muon, grouped) = (
      Muon(for: layers[0], momentum: 0.5), Muon(for: layers[1], groups: [ParameterGroup("*", momentum: 0.5)])
    )
    for _ in 0..<2 {
      for (index, layer) in layers.enumerated() {
        var gradients = Gradients()
        gradients.add([[1, -2], [0, 1]], to: layer.weight)
        if index == 0 { try muon.update(along: gradients) } else { try grouped.update(along: gradients) }
      }
    }
    #expect(layers[0].weight.value == layers[1].weight.value)
  }

  @Test func `a group's gradients are clipped together, the others not`() throws {
    let model = Halves(Tensor(zeros: [12]))
    var optimizer = SGD(for: model, learningRate: 1, groups: [ParameterGroup("b", maximumNorm: 2)])
    var gradients = Gradients()
    gradients.add([3, 4, 0, 0, 0, 0], to: model.a)
    gradients.add([0, 0, 0, 0, -3, 4], to: model.b)
    try optimizer.update(along: gradients)
    #expect(model.a.value == [-3, -4, 0, 0, 0, 0])
    #expect(abs(model.b.value - [0, 0, 0, 0, 1.2, -1.6]).max().item < 1e-6)
  }

  @Test func `weights keep to their limit after each step`() throws {
    #expect(WeightLimit.value(2).limited([3, -0.5, -9]) == [2, -0.5, -2])
    #expect(WeightLimit.norm(2.5).limited([[3, 1], [4, 1]]) == [[1.5, 1], [2, 1]])
    #expect(WeightLimit.norm(5, along: [1]).limited([[6, 8], [3, 4], [0, 0]]) == [[3, 4], [3, 4], [0, 0]])
    #expect(WeightLimit.norm(5, along: [0, 1]).limited([[0, 6], [8, 0]]) == [[0, 3], [4, 0]])
    let model = withSeed(1) {
      Sequential {
        Linear(3, 4); Linear(4, 2)
      }
    }
    var optimizer = SGD(
      for: model, learningRate: 1,
      groups: [
        ParameterGroup("*.weight", weightLimit: .norm(0.5)), ParameterGroup("1.bias", weightLimit: .value(0.01)),
      ])
    let (_, gradients) = model.gradients(at: Tensor(normal: [5, 3])) { (0, 10 * $0 + 1) }
    try optimizer.update(along: gradients)
    for index in [0, 1] {
      let weight = (model.layers[index] as! Linear).weight.value
      #expect((weight * weight).sum(along: 0).max().item < 0.2501)
    }
    #expect(abs(model.state["1.bias"]!).max().item <= 0.01)
    #expect(abs(model.state["0.bias"]!).max().item > 0.01)
  }

  @Test func `a whole model is drawn by patterns`() {
    func model() -> Sequential {
      Sequential {
        Conv2D(3, 8, kernel: 3); ReLU(); Flatten(); Linear(8, 5)
      }
    }
    let (first, second) = (model(), model())
    for model in [first, second] {
      withSeed(4) {
        model.initialize(matching: "*.weight", by: .xavierUniform)
        model.initialize(matching: "*.bias", by: .constant(0.5))
      }
    }
    #expect(first.state.allSatisfy { $1.isIdentical(to: second.state[$0]!) })
    // √(6 / (fan-in + fan-out)), of 27 and 72, and of 8 and 5.
    for (path, bound) in [("0.weight", (6.0 / 99).squareRoot()), ("3.weight", (6.0 / 13).squareRoot())] {
      let largest = abs(first.state[path]!).max().item
      #expect(largest <= bound && largest > 0.9 * bound)
    }
    #expect(first.state["3.bias"] == Tensor(repeating: 0.5, shape: [5]))
  }
}
