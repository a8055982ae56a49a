import StrataLayers
import StrataTensor
import StrataTraining

/// The checks of an optimizer.
struct OptimizerProbe<O: Optimizer> {
  let make: (Sequential) -> O
  let seed: UInt64

  /// Returns a model and a new optimizer for it.
  private struct Run {
    let model: Sequential
    var optimizer: O

    var values: [(name: String, tensor: Tensor)] { model.parameters.map { ($0.path, $0.parameter.value) } }

    /// One step where the gradients are these, wherever it looks.
    mutating func step(_ gradients: Gradients) throws { try optimizer.step { (0, gradients) } }
  }

  private func run(width: Int = 4, _ dtype: DType = .float32) -> Run {
    let model = withSeed(seed) {
      Sequential {
        Linear(3, width); Linear(width, 2)
      }
    }
    model.convert(to: dtype)
    return Run(model: model, optimizer: make(model))
  }

  /// Returns random gradients, the same for the same step.
  private func gradients(
    _ run: Run, step: Int, only chosen: (String) -> Bool = { _ in true }, reversed: Bool = false
  ) -> Gradients {
    var gradients = Gradients()
    var pairs: [(Tensor, Parameter)] = []
    for (index, (path, parameter)) in run.model.parameters.enumerated() where chosen(path) {
      var generator = RandomGenerator(seed: seed, stream: cotangentStream + UInt64(step * 16 + index))
      pairs.append((Tensor(normal: parameter.shape, using: &generator).converted(to: parameter.dtype), parameter))
    }
    for (gradient, parameter) in reversed ? pairs.reversed() : pairs { gradients.add(gradient, to: parameter) }
    return gradients
  }

  private func values(after steps: Int, _ dtype: DType = .float32, _ change: (inout O) -> Void = { _ in }) throws
    -> [(name: String, tensor: Tensor)]
  {
    var run = run(dtype)
    change(&run.optimizer)
    for step in 0..<steps { try run.step(gradients(run, step: step)) }
    return run.values
  }

  func checkRepeatable() throws -> String {
    try demandSameBits(
      try values(after: 5), try values(after: 5), "it keeps something outside its slots, or draws random numbers")
    return ""
  }

  func checkDescent() throws -> String {
    var run = run(.float64)
    let parameters = run.model.parameters.map(\.parameter)
    func height() -> Double { parameters.reduce(0) { $0 + ($1.value - 1).sumOfSquares / 2 } }
    let start = height()
    for _ in 0..<300 {
      try run.optimizer.step {
        var gradients = Gradients()
        for parameter in parameters { gradients.add(parameter.value - 1, to: parameter) }
        return (height(), gradients)
      }
    }
    let end = height()
    try demand(
      end < start, expected: "less than \(start), where it began", found: "\(end)", at: "300 steps on a bowl",
      cause: end.isNaN ? "a division by zero or a negative root" : "the sign of the step, or a rate that is too large")
    return "from \(start) to \(end)"
  }

  func checkRate() throws -> String {
    let start = run().values
    try demandSameBits(
      try values(after: 3) { $0.learningRate = 0 }, start,
      "something moves the parameters that is not multiplied by the rate")
    let halved = try values(after: 3, .float64) { $0.learningRate *= 0.5 }
    let factor = try values(after: 3, .float64) { optimizer in
      for slot in optimizer.slots.slots.indices { optimizer.slots.slots[slot].options.rateFactor = 0.5 }
    }
    for (a, b) in zip(factor, halved) {
      try demandClose(
        a.tensor, b.tensor, within: 1e-12, "\(a.name) at half the rate by its group",
        "update reads self.learningRate: the rate of the parameter's group is in step.learningRate")
    }
    return ""
  }

  func checkIndependence() throws -> String {
    func isFirst(_ path: String) -> Bool { path.hasPrefix("0.") }
    var (both, some, turned) = (run(), run(), run())
    let start = some.values
    let memory = some.optimizer.state.filter { $0.key != "stepsDone" && !isFirst($0.key) }
    for step in 0..<3 {
      try both.step(gradients(both, step: step))
      try some.step(gradients(some, step: step, only: isFirst))
      try turned.step(gradients(turned, step: step, reversed: true))
    }
    let cause = "parameters share something: each has its own state"
    try demandSameBits(turned.values, both.values, cause + "; the order in which gradients arrive is seen")
    for (index, (path, tensor)) in some.values.enumerated() {
      try demandSameBits(
        tensor, isFirst(path) ? both.values[index].tensor : start[index].tensor,
        isFirst(path) ? path : "\(path), which had no gradient,", cause)
    }
    for (name, tensor) in memory {
      try demandSameBits(some.optimizer.state[name]!, tensor, "\(name), whose parameter had no gradient,", cause)
    }
    return ""
  }

  func checkRows() throws -> String {
    var (full, sparse) = (run(), run())
    for step in 0..<3 {
      let gradients = gradients(full, step: step)
      var rows = Gradients()
      for ((_, parameter), (_, twin)) in zip(full.model.parameters, sparse.model.parameters) {
        guard let gradient = gradients[parameter] else { continue }
        if gradient.rank == 2 {
          rows.addRows(of: gradient, at: Tensor(labels: Array(0..<gradient.shape[0])), to: twin, isSparse: true)
        } else {
          rows.add(gradient, to: twin)
        }
      }
      try full.step(gradients)
      try sparse.step(rows)
    }
    try demandSameBits(
      sparse.values, full.values, "update(_:alongRows:_:_:) moves a row otherwise than update(_:along:_:_:) does")
    return ""
  }

  func checkState() throws -> String {
    var (whole, first) = (run(), run())
    for step in 0..<6 { try whole.step(gradients(whole, step: step)) }
    for step in 0..<3 { try first.step(gradients(first, step: step)) }
    let names = Set(run().optimizer.state.keys)
    try demand(
      Set(first.optimizer.state.keys) == names, expected: "\(names.sorted())",
      found: "\(first.optimizer.state.keys.sorted())", at: "the names in the state after three steps",
      cause: "a tensor that is nil until the first step: make it in the initial state")
    var second = run()
    try second.model.load(first.model.state)
    try second.optimizer.load(first.optimizer.state)
    for step in 3..<6 { try second.step(gradients(second, step: step)) }
    try demandSameBits(
      second.values, whole.values, "a part of the memory is not in State.tensors, by its get or by its set")
    return "\(names.count) tensors"
  }

  func checkSinglePrecision() throws -> String {
    for (a, b) in zip(try values(after: 20), try values(after: 20, .float64)) {
      try demandClose(
        a.tensor, b.tensor, within: 1e-4, atLeast: 1, "\(a.name) in float32",
        "cancellation, or a square that leaves the range of float32")
    }
    return ""
  }

  func checkFinite() throws -> String {
    for number in [0, 1e-30, 1e15] {
      var run = run()
      for _ in 0..<3 {
        var gradients = Gradients()
        for (_, parameter) in run.model.parameters {
          gradients.add(Tensor(repeating: number, shape: parameter.shape), to: parameter)
        }
        try run.step(gradients)
      }
      for (path, tensor) in run.values {
        try demand(
          tensor.magnitude.isFinite, expected: "finite numbers", found: "\(tensor)",
          at: "\(path) after three gradients of \(number)",
          cause: "a division by the root of 0, or a square that leaves the range of float32")
      }
    }
    return ""
  }

  func checkSnapshot() throws -> String {
    var run = run()
    let before = run.values
    let copies = before.map { ($0.name, $0.tensor.copied()) }
    let gradients = gradients(run, step: 0)
    let sent = gradients.receivers.map { gradients[$0]!.copied() }
    try run.step(gradients)
    try demandSameBits(before, copies, "a step wrote into memory that a cache may share: change `value` by overwrite")
    for (parameter, copy) in zip(gradients.receivers, sent) {
      try demandSameBits(
        gradients[parameter]!, copy, "the gradient itself", "the step wrote into its gradient's memory")
    }
    return ""
  }

  func checkWorkers() throws -> String {
    try StrataTesting.checkWorkers([[3, elementGrain * 5 / 4 / 3]]) { shape in
      {
        var run = run(width: shape[1])
        for step in 0..<2 { try run.step(gradients(run, step: step)) }
        return run.values
      }
    }
  }
}
