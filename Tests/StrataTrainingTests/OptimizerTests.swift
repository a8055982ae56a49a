import Foundation
import Strata
import StrataTensor
import Testing

/// A model with one parameter, for optimizers that receive its gradient directly.
private struct Point: Layer {
  let position: Parameter

  func forward(_ x: Tensor) -> (Tensor, Identity.Cache) { Identity().forward(x) }
  func backward(_ dy: Tensor, _ cache: Identity.Cache, _ gradients: inout Gradients) -> Tensor { dy }
}

@Suite(.seeded) struct OptimizerTests {
  private static let optimizers: [(name: String, make: @Sendable (Point) -> any Optimizer)] = [
    ("sgd", { SGD(for: $0, learningRate: 0.01) }),
    ("sgd_momentum", { SGD(for: $0, learningRate: 0.01, momentum: 0.9) }),
    ("sgd_nesterov", { SGD(for: $0, learningRate: 0.01, momentum: 0.9, nesterov: true) }),
    (
      "sgd_weight_decay",
      { SGD(for: $0, learningRate: 0.01, momentum: 0.9, dampening: 0.1, weightDecay: 0.01) }
    ),
    ("adam", { Adam(for: $0, learningRate: 0.001) }),
    ("adam_fast", { Adam(for: $0, learningRate: 0.05, betas: (0.8, 0.99), epsilon: 1e-4) }),
    ("adam_weight_decay", { Adam(for: $0, learningRate: 0.01, weightDecay: 0.01) }),
    ("adamw", { AdamW(for: $0, learningRate: 0.001) }),
    ("adamw_fast", { AdamW(for: $0, learningRate: 0.05, betas: (0.8, 0.99), weightDecay: 0.01) }),
    (
      "adam_amsgrad",
      { Adam(for: $0, learningRate: 0.01, betas: (0.8, 0.9), weightDecay: 0.01, amsgrad: true) }
    ),
    (
      "adamw_amsgrad",
      { AdamW(for: $0, learningRate: 0.01, betas: (0.8, 0.9), weightDecay: 0.01, amsgrad: true) }
    ),
    ("rmsprop", { RMSProp(for: $0) }),
    (
      "rmsprop_momentum",
      { RMSProp(for: $0, learningRate: 1e-3, alpha: 0.9, weightDecay: 0.01, momentum: 0.9) }
    ),
    (
      "rmsprop_centered",
      { RMSProp(for: $0, learningRate: 1e-3, alpha: 0.95, epsilon: 1e-4, centered: true) }
    ),
    (
      "rmsprop_centered_momentum",
      {
        RMSProp(
          for: $0, learningRate: 1e-3, epsilon: 1e-4, weightDecay: 0.01, momentum: 0.8, centered: true)
      }
    ),
    ("adagrad", { Adagrad(for: $0) }),
    (
      "adagrad_decay",
      { Adagrad(for: $0, learningRate: 0.1, rateDecay: 0.1, epsilon: 1e-6, weightDecay: 0.01, initialSum: 0.5) }
    ),
    ("adadelta", { Adadelta(for: $0) }),
    ("adadelta_decay", { Adadelta(for: $0, learningRate: 2, rho: 0.95, epsilon: 1e-7, weightDecay: 0.1) }),
    ("nadam", { NAdam(for: $0) }),
    (
      "nadam_decay",
      { NAdam(for: $0, learningRate: 0.01, betas: (0.8, 0.99), weightDecay: 0.01, momentumDecay: 0.1) }
    ),
    ("radam", { RAdam(for: $0) }),
    ("radam_fast", { RAdam(for: $0, learningRate: 0.01, betas: (0.8, 0.9), epsilon: 1e-4, weightDecay: 0.01) }),
    ("rprop", { Rprop(for: $0) }),
    ("rprop_bounds", { Rprop(for: $0, learningRate: 0.1, factors: (0.4, 1.5), sizes: 1e-3...0.2) }),
  ]

  /// The gradients include numbers near 1e-8, exact zeros and 1e3.
  @Test(arguments: optimizers.map(\.name), [DType.float64, .float32])
  func `100 steps follow PyTorch's`(_ name: String, _ dtype: DType) throws {
    let tolerance = dtype == .float64 ? 1e-10 : 1e-4
    let reference = try OptimizerReference()
    let (_, make) = try #require(Self.optimizers.first { $0.name == name })
    for isQuadratic in [false, true] {
      let expected = reference[isQuadratic ? name + ".quadratic" : name]
      let point = Point(position: Parameter(reference["initial"].converted(to: dtype)))
      var optimizer = make(point)
      for step in 0..<100 {
        let gradient =
          isQuadratic
          ? reference["curvature"] * (point.position.value.converted(to: .float64) - reference["target"])
          : reference["gradients"][step]
        var gradients = Gradients()
        gradients.add(gradient.converted(to: dtype), to: point.position)
        try optimizer.update(along: gradients)
        guard step % 10 == 9 else { continue }
        let (found, right) = (
          point.position.value.elements(as: Double.self), expected[step / 10].elements(as: Double.self)
        )
        for (a, b) in zip(found, right) { #expect(abs(a - b) <= tolerance * max(abs(b), 1), "step \(step)") }
      }
    }
  }

  private static let matrixOptimizers: [String: @Sendable (Point) -> any Optimizer] = [
    "lion": { Lion(for: $0, learningRate: 1e-2) },
    "lion_fast": { Lion(for: $0, learningRate: 1e-2, betas: (0.8, 0.7), weightDecay: 0.1) },
    "lamb": { LAMB(for: $0, learningRate: 1e-2) },
    "lamb_decay": { LAMB(for: $0, learningRate: 0.1, betas: (0.8, 0.99), epsilon: 1e-3, weightDecay: 0.1) },
    "muon": { Muon(for: $0) },
    "muon_plain": { Muon(for: $0, momentum: 0.8, nesterov: false, weightDecay: 0.1, iterations: 3) },
    "muon_wide": { Muon(for: $0) },
  ]

  @Test(arguments: matrixOptimizers.keys.sorted(), [DType.float64, .float32])
  func `100 steps of a matrix follow optax's, and Muon's PyTorch's`(_ name: String, _ dtype: DType) throws {
    let reference = try OptimizerReference(file: "optax")
    let isWide = name == "muon_wide"
    let identity = Tensor(oneHot: Tensor(labels: [0, 1, 2, 3]), classes: 4, dtype: .float64)
    func form(_ x: Tensor) -> Tensor { (isWide ? matmul(x.transposed, identity) : x).converted(to: dtype) }
    let point = Point(position: Parameter(form(reference["initial"])))
    var optimizer = Self.matrixOptimizers[name]!(point)
    for step in 0..<100 {
      var gradients = Gradients()
      gradients.add(form(reference["gradients"][step]), to: point.position)
      try optimizer.update(along: gradients)
      guard step % 10 == 9 else { continue }
      let distance = (point.position.value.converted(to: .float64) - reference[name][step / 10]).norm
      #expect(distance < (dtype == .float64 ? 1e-10 : 1e-4), "step \(step)")
    }
  }

  @Test func `Muon moves what is no matrix, and what it is asked to, by AdamW`() throws {
    let model = Sequential {
      Embedding(5, 4); Linear(4, 4); Linear(4, 2)
    }
    let twin = model.parameters.map { $0.parameter.value }
    var muon = Muon(for: model, learningRate: 0.1, weightDecay: 0.1, adam: ["0.*", "2.weight"], adamRate: 0.5)
    var gradients = Gradients()
    for (_, parameter) in model.parameters { gradients.add(Tensor(normal: parameter.shape), to: parameter) }
    let copy = gradients
    try muon.update(along: gradients)
    let moved = model.parameters.map { $0.parameter.value }
    for ((_, parameter), value) in zip(model.parameters, twin) { parameter.value = value }
    var adam = AdamW(for: model, learningRate: 0.05, weightDecay: 0.1)
    try adam.update(along: copy)
    for ((path, parameter), value) in zip(model.parameters, moved) {
      #expect((parameter.value == value) == (path != "1.weight"), "\(path)")
    }
  }

  @Test func `LAMB leaves the size of the step to the rate where a norm is 0`() throws {
    let gradient: Tensor = [[1, -2]]
    #expect(try twoSteps({ LAMB(for: $0, learningRate: 0) }, along: (gradient, gradient)) == [[0, 0]])
    let moved = try twoSteps({ LAMB(for: $0, learningRate: 1, epsilon: 0) }, along: (gradient, gradient * 0))
    #expect(abs(moved[0][0].item + 1) > 0.1 && moved.isFinite)
  }

  @Test func `a gradient that is not finite stops the step before anything changes`() throws {
    let model = withSeed(1) {
      Sequential {
        Linear(2, 2); Linear(2, 1)
      }
    }
    var optimizer = Adam(for: model)
    let before = model.state
    var gradients = Gradients()
    for (path, parameter) in model.parameters {
      var gradient = Tensor(ones: parameter.shape)
      if path == "1.weight" { gradient = [[1], [.nan]] }
      gradients.add(gradient, to: parameter)
    }
    let copy = gradients
    let error = #expect(throws: NonFiniteGradientError.self) { try optimizer.update(along: copy) }
    #expect(error?.parameter == "1.weight" && error?.element == 1)
    #expect(throws: NonFiniteGradientError.self) { try gradients.clip(globalNorm: 1) }
    #expect(throws: NonFiniteGradientError.self) { try gradients.clip(value: 1) }
    #expect(model.state == before)
  }

  /// float32 holds the inputs and their normalized values, and not the batch's variance.
  @Test func `a statistic that is not finite stops the step before anything changes`() throws {
    let model = Sequential {
      BatchNorm(2); Linear(2, 1)
    }
    let data = Dataset(inputs: [[1e20, 0], [-1e20, 1], [1e20, 2]], labels: [[1], [2], [3]])
    var trainer = Trainer(
      model, loss: MeanSquaredError(), optimizer: SGD(for: model, learningRate: 0.1), progress: .silent)
    let before = model.state
    let error = #expect(throws: NonFiniteGradientError.self) { try trainer.fit(data, epochs: 1) }
    #expect(error?.parameter == "0.runningVariance" && error?.element == 0 && error?.isStatistic == true)
    #expect(
      error?.description
        == "the batch's value of 0.runningVariance is not finite at element 0; no parameter was changed. "
        + "Scale the inputs down, lower the learning rate, or look at the inputs for NaN")
    #expect(model.state == before && trainer.stepsDone == 0)
  }

  /// Two steps of an optimizer along these gradients, from 0; `change` comes between them.
  private func twoSteps<Rule: Optimizer>(
    _ make: (Point) -> Rule, along gradients: (Tensor, Tensor), _ change: (inout Rule) -> Void = { _ in }
  ) throws -> Tensor {
    let (first, second) = gradients
    let point = Point(position: Parameter(Tensor(zeros: first.shape, dtype: first.dtype)))
    var optimizer = make(point)
    func step(_ gradient: Tensor) throws {
      var gradients = Gradients()
      gradients.add(gradient, to: point.position)
      try optimizer.update(along: gradients)
    }
    try step(first)
    change(&optimizer)
    try step(second)
    return point.position.value
  }

  @Test(arguments: DType.allCases.filter(\.isFloatingPoint))
  func `Adam that keeps nothing steps along the gradient alone`(dtype: DType) throws {
    // The first gradient is so large that beside it the second would round to 0.
    let gradients = (
      Tensor(repeating: 0x1p60, shape: [1], dtype: dtype), Tensor(repeating: -1, shape: [1], dtype: dtype)
    )
    for betas in [(0.0, 0.0), (0.0, 0.9)] {
      let point = Point(position: Parameter(Tensor(zeros: [1], dtype: dtype)))
      var optimizer = Adam(for: point, betas: betas)
      for gradient in [gradients.0, gradients.1] {
        var all = Gradients()
        all.add(gradient, to: point.position)
        try optimizer.update(along: all)
      }
      #expect(optimizer.state["position.mean"] == gradients.1)
    }
  }

  @Test func `momentum that is set later begins with the next step`() throws {
    let gradients: (Tensor, Tensor) = ([2], [3])
    let plain = try twoSteps({ SGD(for: $0, learningRate: 1) }, along: gradients)
    #expect(plain == [-5])
    // m starts as the gradient, as in a first step: with Nesterov's form d = g + μ m.
    let looksAhead = try twoSteps({ SGD(for: $0, learningRate: 1) }, along: gradients) {
      $0.momentum = 0.5
      $0.nesterov = true
    }
    #expect(looksAhead == [-6.5])
    let ended = try twoSteps({ SGD(for: $0, learningRate: 1, momentum: 0.5, dampening: 0.5) }, along: gradients) {
      $0.momentum = 0
    }
    #expect(ended == [-5])
    let options = { (point: Point) in RMSProp(for: point, learningRate: 1, alpha: 0, epsilon: 0) }
    #expect(try twoSteps(options, along: ([2], [3])) { $0.momentum = 0.5 } == [-2])
    let begun = { (point: Point) in RMSProp(for: point, learningRate: 1, alpha: 0, epsilon: 0, momentum: 0.5) }
    #expect(try twoSteps(begun, along: ([2], [3])) == [-2.5])
  }

  @Test func `an author writes one update`() throws {
    struct SignDescent: Optimizer {
      var learningRate = 0.5
      var slots: Slots<NoState>
      init(for model: some Layer) { slots = Slots(for: model) { _ in NoState() } }
      func update(_ value: inout Tensor, along gradient: Tensor, _ state: inout NoState, _ step: UpdateStep) {
        value -= step.learningRate * (gradient / abs(gradient))
      }
    }
    let point = Point(position: Parameter([2], initialValue: 1))
    var optimizer = SignDescent(for: point)
    var gradients = Gradients()
    gradients.add([3, -7], to: point.position)
    try optimizer.update(along: gradients)
    #expect(point.position.value == [0.5, 1.5])
  }
}

@Suite(.seeded) struct ClippingTests {
  private func gradients(_ values: Tensor...) -> (Gradients, [Parameter]) {
    var gradients = Gradients()
    let parameters = values.map { Parameter($0) }
    for (parameter, value) in zip(parameters, values) { gradients.add(value, to: parameter) }
    return (gradients, parameters)
  }

  @Test func `a norm over the limit is scaled down to it, one below is left alone`() throws {
    var (gradients, parameters) = gradients([3, 0], [4])
    #expect(try gradients.clip(globalNorm: 10) == 5)
    #expect(gradients[parameters[0]] == [3, 0])
    #expect(try gradients.clip(globalNorm: 1) == 5)
    #expect(abs(try gradients.globalNorm() - 1) < 1e-7)
    #expect(gradients[parameters[1]]!.item == Double(Float(0.8)))
  }

  @Test func `finite gradients whose squares overflow float32 have a finite norm`() throws {
    let (gradients, _) = gradients([3e30, 4e30])
    #expect(abs(try gradients.globalNorm() / 5e30 - 1) < 1e-6)
  }

  @Test func `values are clipped one by one`() throws {
    var (gradients, parameters) = gradients([3, -0.5, -9])
    try gradients.clip(value: 1)
    #expect(gradients[parameters[0]] == [1, -0.5, -1])
  }
}

/// Tests/References/optimizers.safetensors.
struct OptimizerReference {
  let tensors: [String: Tensor]

  init(file: String = "optimizers") throws {
    let tests = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
    tensors = try Safetensors.read(tests.appending(path: "References/\(file).safetensors").path)
  }

  subscript(name: String) -> Tensor { tensors[name]! }
}
